"""Check every request to the sandbox, and its response, against the interface descriptions in harness/specs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.datastructures import Headers, ImmutableMultiDict

SPECS = Path(__file__).parent / "specs"
# Each system's address in the sandbox: its name, and the address in its interface description.
SYSTEMS = {
    "/enablehr": ("enablehr", "https://rest.enablehr.com"),
    "/ipayroll": ("ipayroll", "https://secure2.ipayroll.co.nz"),
    "/keypay": ("keypay", "https://api.yourpayroll.com.au"),
    "/xero": ("xero_payroll_au", "https://api.xero.com"),
}
SIGN_IN = ("/enablehr/login/", "/ipayroll/oauth/", "/xero/identity/", "/xero/connect/")
# Headers that an interface description asks for.
_HEADERS = (b"xero-tenant-id", b"idempotency-key")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its response."""

    system: str
    host_url: str
    method: str
    path: str
    query: str
    content_type: str
    body: bytes | None
    status_code: int
    response_type: str
    data: bytes
    headers: tuple[tuple[str, str], ...] = ()


class RequestView:
    """The request of an exchange, in the form that openapi-core takes."""

    def __init__(self, exchange: Exchange) -> None:
        query = ImmutableMultiDict(parse_qsl(exchange.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=Headers(list(exchange.headers)))
        self.host_url, self.path, self.method = exchange.host_url, exchange.path, exchange.method
        self.full_url_pattern = f"{exchange.host_url}{exchange.path}"
        self.body, self.content_type = exchange.body, exchange.content_type.split(";")[0]


class ResponseView:
    """The response of an exchange, in the form that openapi-core takes."""

    def __init__(self, exchange: Exchange) -> None:
        self.status_code, self.data = exchange.status_code, exchange.data
        self.content_type, self.headers = exchange.response_type.split(";")[0], Headers()


class Recorder:
    """Middleware around the sandbox that records exchanges, to be checked later."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._unchecked: list[Exchange] = []
        self._violations: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and record the exchange."""
        prefix = next(
            (each for each in SYSTEMS if scope["type"] == "http" and _is_api(scope["path"], each)), None
        )
        if prefix is None:
            await self._app(scope, receive, send)
            return
        messages = await _whole(receive)
        body, response = b"".join(message.get("body", b"") for message in messages), _ResponseRecord()

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        async def record(message: Message) -> None:
            # Recorded before it is sent, or the test may check before it is there.
            if response.add(message) and not scope["sandbox.exchange"]["provoked"]:
                self._unchecked.append(_exchange(scope, prefix, body, response))
            await send(message)

        await self._app(scope, replay, record)

    def violations(self) -> list[str]:
        """Check the new exchanges; return all violations so far."""
        while self._unchecked:
            self._violations.extend(violations_of(self._unchecked.pop(0)))
        return list(self._violations)

    def forget(self) -> None:
        """Forget the violations so far."""
        self.violations()
        self._violations.clear()


class _ResponseRecord:
    """A response while it is sent."""

    def __init__(self) -> None:
        self.status, self.type, self.body = 0, "", bytearray()

    def add(self, message: Message) -> bool:
        """Add a part; say whether it was the last."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.type = _header(message.get("headers", ()), b"content-type")
        self.body.extend(message.get("body", b""))
        return message["type"] == "http.response.body" and not message.get("more_body", False)


async def _whole(receive: Receive) -> list[Message]:
    """Receive all parts of a request, also those the app would not read."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _is_api(path: str, prefix: str) -> bool:
    return path.startswith(f"{prefix}/") and not path.startswith(SIGN_IN)


def _header(headers: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def _exchange(scope: Scope, prefix: str, body: bytes, response: _ResponseRecord) -> Exchange:
    system, host = SYSTEMS[prefix]
    return Exchange(
        system=system,
        host_url=host,
        method=scope["method"].lower(),
        path=scope["raw_path"].decode().partition("?")[0].removeprefix(prefix),
        query=scope["query_string"].decode(),
        content_type=_header(scope["headers"], b"content-type"),
        body=body or None,
        status_code=response.status,
        response_type=response.type,
        data=bytes(response.body),
        headers=tuple(
            (name.decode(), _header(scope["headers"], name))
            for name in _HEADERS
            if _header(scope["headers"], name)
        ),
    )


@cache
def violations_of(exchange: Exchange) -> tuple[str, ...]:
    """Return what is wrong with a request and its answer; the same exchange is checked once."""
    where = f"{exchange.system}: {exchange.method.upper()} {exchange.path}"
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # oauth2 security is not checked by openapi-core; the sandbox does
        # A request the system refused as wrong may be wrong: that is why it was refused.
        if exchange.status_code not in (400, 404, 422):
            found += _request(exchange, f"request {where}")
        found += _answer(exchange, f"answer {exchange.status_code} to {where}")
    return tuple(found)


def _request(exchange: Exchange, where: str) -> list[str]:
    try:
        description(exchange.system).validate_request(RequestView(exchange))
    except OpenAPIError as error:
        return [f"{where}: {_worded(error)}"]
    return []


def _answer(exchange: Exchange, where: str) -> list[str]:
    try:
        description(exchange.system).validate_response(RequestView(exchange), ResponseView(exchange))
    except OpenAPIError as error:
        return [f"{where}: {_worded(error)}"]
    return []


def _worded(error: BaseException) -> str:
    """Say what openapi-core found, and where in the document."""
    cause = error.__cause__
    details = [
        f"{'.'.join(map(str, one.absolute_path))}: {one.message}"
        for one in getattr(cause, "schema_errors", ())
    ]
    first = str(error).partition(": Value ")[0]
    return "; ".join([first, *(details or ([str(cause)] if cause else []))])


@cache
def description(system: str) -> OpenAPI:
    """Return a system's interface description."""
    document = yaml.load((SPECS / f"{system}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
