"""Ask a system for a token with what a person has entered, where nobody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import requests
from requests.auth import HTTPBasicAuth

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.http.json_body import load_json
from connectors.http.sign_in.oauth import TIMEOUT_SECONDS
from connectors.http.sign_in.sign_in_session import guard
from connectors.http.sign_in.tokens import Tokens, parse_tokens
from connectors.values.web_address import is_safe

# What an OAuth endpoint says besides the status 400 when it is the request, and not the credentials, that is wrong.
_NOT_THE_CREDENTIALS = frozenset({"invalid_request", "invalid_scope", "unsupported_grant_type"})


def request_token(connector: Connector, settings: SideSettings, entered: Mapping[str, Any]) -> Tokens:
    """Return a token for what was entered.

    Raises AuthError when the system refuses the credentials, ConfigError when the request itself cannot be right, and
    TemporaryError when it does not work just now.
    """
    asked = connector.sign_in.token
    if asked is None:
        raise ConfigError(f"{connector.name} gives no token for what was entered.")
    url = asked.url(settings)
    if not is_safe(url):
        raise ConfigError(f"The address at which {connector.name} gives tokens must begin with https://.")
    try:
        fields = asked.fields(settings, entered)
        basic = None if asked.basic is None else tuple(str(entered[name]) for name in asked.basic)
    except KeyError as error:
        raise AuthError(
            f"The credentials of {connector.name} contain no {error.args[0]}. Reconnect it."
        ) from None
    response = _post(connector.name, url, fields, basic, as_json=asked.as_json)
    return parse_tokens(connector.name, asked.read(_content(connector.name, response)), None)


def _post(
    system: str, url: str, fields: Mapping[str, Any], basic: tuple[str, ...] | None, *, as_json: bool
) -> requests.Response:
    body: Any = orjson.dumps(dict(fields)) if as_json else dict(fields)
    headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if as_json else {})
    auth = HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None
    with guard(requests.Session(), system) as session:
        try:
            return session.post(
                url, data=body, auth=auth, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.TooManyRedirects:
            raise ConfigError(f"{system} gives no tokens at this address. Correct the address.") from None
        except (requests.RequestException, ValueError) as error:
            raise TemporaryError(f"{system} could not be reached to sign in. Try again later.") from error


def _content(system: str, response: requests.Response) -> Any:
    """Return the JSON of a response. Raises ConnectorError where it holds no token."""
    status = response.status_code
    if status >= 500 or status in {408, 429}:
        raise TemporaryError(
            f"The sign-in of {system} does not work just now (status {status}). Try again later."
        )
    try:
        content = load_json(response.content)
    except ValueError:
        content = None
    if status in {404, 405, 415}:
        raise ConfigError(f"{system} gives no tokens at this address (status {status}). Correct the address.")
    if status >= 400:
        if isinstance(content, dict) and content.get("error") in _NOT_THE_CREDENTIALS:
            raise ConfigError(f"{system} did not accept how iHUB asked for a token: {content['error']}.")
        raise AuthError(f"{system} did not accept the credentials. Check them and connect it again.")
    if not isinstance(content, dict | list):
        raise TemporaryError(
            f"{system} responded to the sign-in with something other than JSON. Try again later."
        )
    return content
