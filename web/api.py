"""The read-only API: pages and files of the data set for programs, by a token of a person."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import ForbiddenError, HubError, NotFoundError
from core.exports import pages
from core.exports.columns import VERSION
from core.exports.data_set import TABLES
from core.exports.files import DataFile, FileFormat, export_people, export_records, export_runs
from core.exports.formats.json_lines import json_object
from core.exports.pages import TablePage
from core.security.actor import Actor
from core.security.throttling import network_of
from core.settings import settings
from core.sign_in.api_tokens import ApiScope, TokenUse, use_token
from web import api_queries, export_filters
from web.api_document import PROBLEM_TYPE, document
from web.download import run_in_thread, send
from web.request_rate import RequestRate
from web.responses import status_of
from web.session import client_address

REQUESTS_A_MINUTE, WRONG_TOKENS_A_MINUTE = 120, 30
TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
}
SEND_ONE = "Send a token: Authorization: Bearer ihub_… You can create one under API tokens."
NOT_VALID = "This token is not valid: it was revoked, has expired, or its person has no role any more."
READS: dict[str, Callable[[Actor, QueryParams, int, str | None], TablePage]] = {
    "runs": lambda actor, query, *page: pages.read_runs(actor, export_filters.run_filter(query), *page),
    "records": lambda actor, query, *page: pages.read_records(
        actor, export_filters.records_filter(query), *page
    ),
    "people": lambda actor, query, *page: pages.read_people(
        actor, export_filters.person_filter(query), *page
    ),
}
EXPORTS: dict[str, Callable[[Actor, QueryParams, FileFormat, int], DataFile]] = {
    "runs": lambda actor, query, *how: export_runs(actor, export_filters.run_filter(query), *how),
    "records": lambda actor, query, *how: export_records(actor, export_filters.records_filter(query), *how),
    "people": lambda actor, query, *how: export_people(actor, export_filters.person_filter(query), *how),
}
_rate, _wrong_rate = RequestRate(REQUESTS_A_MINUTE), RequestRate(WRONG_TOKENS_A_MINUTE)


class NoTokenError(HubError):
    """The request has no valid token."""


class TooManyRequestsError(HubError):
    """The next request is taken in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        """Say when to try again."""
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"Too many requests. Try again in {self.seconds} seconds.")


async def page(request: Request) -> Response:
    """Return one page of a table as JSON."""
    return await _answer(request, _page)


async def file(request: Request) -> Response:
    """Stream all rows of a table that match, as a file."""
    return await _answer(request, _file)


async def openapi(_request: Request) -> Response:
    """Return what the API is, for programs that read it."""
    return _json(document(settings().url), "public, max-age=300")


async def _answer(request: Request, work: Callable[[Request, str], Any]) -> Response:
    """Return what was asked for, or a problem with its sentence."""
    try:
        name = request.path_params["table"]
        response: Response = await work(request, name)
        return response
    except HubError as error:
        return _problem(error)


def _problem(error: HubError) -> Response:
    status = {NoTokenError: 401, TooManyRequestsError: 429}.get(type(error)) or status_of(error)
    body = {"title": TITLES.get(status, "Refused"), "status": status, "detail": str(error)}
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="iHUB"'
    if isinstance(error, TooManyRequestsError):
        headers["retry-after"] = str(error.seconds)
    return Response(orjson.dumps(body), status, headers, PROBLEM_TYPE)


async def _page(request: Request, name: str) -> Response:
    use = await run_in_thread(partial(_use, request, name))
    limit, key, query = api_queries.check(name, request.query_params, whole=False)
    found = await run_in_thread(partial(_read, use, name, query, limit, key))
    response = _json(found, "private, no-cache")
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    if etag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers={"etag": etag, "cache-control": "private, no-cache"})
    response.headers["etag"] = etag
    return response


def _read(use: TokenUse, name: str, query: QueryParams, limit: int, key: str | None) -> dict[str, Any]:
    found = READS[name](use.actor, query, limit, key)
    pages.record_reading(use.actor, found.table, use.id)
    rows = [json_object(found.table, row, found.zone) for row in found.rows]
    return {"table": name, "version": VERSION, "rows": rows, "next": found.next_key}


async def _file(request: Request, name: str) -> Response:
    try:
        kind = FileFormat(request.path_params["format"])
    except ValueError:
        raise NotFoundError("There is no such file. Files end in .csv, .xlsx, .jsonl or .parquet.") from None
    use = await run_in_thread(partial(_use, request, name))
    _, _, query = api_queries.check(name, request.query_params, whole=True)
    made = await run_in_thread(partial(EXPORTS[name], use.actor, query, kind, use.id))
    return await send(request, made, partial(_is_valid, request))


def _use(request: Request, name: str) -> TokenUse:
    """Return who asks, and count the request. Raises NoTokenError, ForbiddenError, TooManyRequestsError."""
    token = _token(request)
    use = use_token(token, client_address(request)) if token else None
    if use is None:
        if token and (seconds := _wrong_rate.take(network_of(client_address(request)))):
            raise TooManyRequestsError(seconds)
        raise NoTokenError(NOT_VALID if token else SEND_ONE)
    if seconds := _rate.take(str(use.id)):
        raise TooManyRequestsError(seconds)
    if name not in TABLES:
        raise NotFoundError(f"There is no such table. There are: {', '.join(TABLES)}.")
    if ApiScope(name) not in use.scopes:
        raise ForbiddenError("This token may not read this table. Create one that may under API tokens.")
    return use


def _is_valid(request: Request) -> bool:
    return use_token(_token(request), client_address(request)) is not None


def _token(request: Request) -> str:
    """Return the token of a request: as a bearer, or as the password beside any user name; empty for none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return ""


def _json(value: object, cache_control: str) -> Response:
    return Response(
        orjson.dumps(value), media_type="application/json", headers={"cache-control": cache_control}
    )


routes = [
    Route("/api/openapi.json", openapi),
    Route("/api/v1/{table}.{format}", file),
    Route("/api/v1/{table}", page),
]
