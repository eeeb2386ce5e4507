"""How the sign-in of a described system is done: what a person enters, and how iHUB gets a token for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, Field, SecretStr, create_model

from connectors.contract.connector import (
    Authorisation,
    KeyPlace,
    OAuthEndpoints,
    SignIn,
)
from connectors.contract.connector import TokenRequest as ContractRequest
from connectors.rest import paths
from connectors.rest.description.authorisation import (
    AskedToken,
    Basic,
    Bearer,
    ClientCredentials,
    EnteredValue,
    HeaderKey,
    OAuth2,
    PasswordGrant,
    TokenRequest,
    entered_values,
)
from connectors.rest.description.document import Description
from connectors.rest.description.settings_form import fill_braces

_KEPT = "It is kept encrypted and never shown."
# A larger number is a moment in milliseconds.
_MILLISECONDS = 100_000_000_000


def sign_in_of(description: Description) -> SignIn:
    """Return how iHUB gets access to a described system."""
    match description.authorisation:
        case OAuth2() as oauth:
            return SignIn(Authorisation.OAUTH2, _oauth_endpoints(oauth))
        case HeaderKey(header=header, prefix=prefix):
            return SignIn(Authorisation.API_KEY, key=KeyPlace(header, prefix))
        case Bearer():
            return SignIn(Authorisation.BEARER)
        case Basic(key_password=password):
            return SignIn(Authorisation.BASIC, key=KeyPlace(password=password))
        case ClientCredentials() | PasswordGrant() | TokenRequest() as asked:
            entered = entered_values(asked)
            return SignIn(
                Authorisation.TOKEN,
                token=_token_request(asked, entered),
                credentials=_form(description.kind, entered),
            )
        case _:
            return SignIn(Authorisation.NONE)


def _oauth_endpoints(oauth: OAuth2) -> OAuthEndpoints:
    return OAuthEndpoints(
        oauth.authorize_path,
        oauth.token_path,
        oauth.scopes,
        client_in_body=oauth.client_in_body,
        pkce=oauth.pkce,
        revoke_path=oauth.revoke_path,
        refresh_days=oauth.refresh_days,
        client_of=oauth.client_of,
        base_url=_address(has_own=oauth.url is not None),
        token_base_url=(lambda settings: str(settings.token_url)) if oauth.token_url else None,
    )


def _address(*, has_own: bool) -> Callable[[Any], str]:
    return lambda settings: str(settings.login_url if has_own else settings.url)


def _url(path: str, address: Callable[[Any], str], settings: Any) -> str:
    return address(settings).rstrip("/") + fill_braces(path, settings)


def _form(kind: str, entered: Mapping[str, EnteredValue]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (
            (SecretStr, Field(title=value.title, description=value.description or _KEPT, min_length=1))
            if value.secret
            else (str, Field(title=value.title, description=value.description or None, min_length=1))
        )
        for name, value in entered.items()
    }
    return create_model(f"{kind.title().replace('_', '')}Credentials", **fields)


def _token_request(asked: AskedToken, entered: Mapping[str, EnteredValue]) -> ContractRequest:
    return ContractRequest(
        url=partial(_url, asked.token_path, _address(has_own=asked.url is not None)),
        fields=partial(_fields, _templates(asked), entered),
        read=partial(_read, asked),
        as_json=isinstance(asked, TokenRequest) and asked.body == "json",
        basic=_basic(asked),
        header=asked.header,
        prefix=asked.prefix,
    )


def _basic(asked: AskedToken) -> tuple[str, str] | None:
    match asked:
        case TokenRequest(basic=basic):
            return basic
        case ClientCredentials(client_in_body=False) | PasswordGrant(client="basic"):
            return ("client_id", "client_secret")
        case _:
            return None


def _templates(asked: AskedToken) -> Mapping[str, Any]:
    """Return the fields of the request, with names in braces for what was entered."""
    fields: dict[str, Any] = {}
    if isinstance(asked, ClientCredentials):
        fields["grant_type"] = "client_credentials"
    elif isinstance(asked, PasswordGrant):
        fields |= {"grant_type": "password", "username": "{username}", "password": "{password}"}
    if isinstance(asked, ClientCredentials | PasswordGrant):
        in_body = asked.client_in_body if isinstance(asked, ClientCredentials) else asked.client == "body"
        if in_body:
            fields |= {"client_id": "{client_id}", "client_secret": "{client_secret}"}
        if asked.scopes:
            fields["scope"] = " ".join(asked.scopes)
    return fields | asked.fields


def _fields(
    templates: Mapping[str, Any],
    names: Mapping[str, EnteredValue],
    settings: Any,
    entered: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Return the fields of a request. Raises KeyError for a value that was not entered."""
    values = {name: str(entered[name]).strip() for name in names}
    return {
        name: fill_braces(text, settings, values, encoded=False) if isinstance(text, str) else text
        for name, text in templates.items()
    }


def _read(asked: AskedToken, content: Any) -> Mapping[str, Any]:
    """Return a response with the names of OAuth."""
    seconds = paths.value_at(content, asked.expires_in) if asked.expires_in else None
    if asked.expires_at and (moment := _moment(paths.value_at(content, asked.expires_at))) is not None:
        seconds = (moment - datetime.now(UTC)).total_seconds()
    try:
        lasts = int(float(seconds)) if seconds not in (None, "") else asked.lasts
    except (TypeError, ValueError, OverflowError):
        lasts = asked.lasts
    return {"access_token": paths.value_at(content, asked.token), "expires_in": lasts}


def _moment(shown: Any) -> datetime | None:
    try:
        if isinstance(shown, int | float):
            return datetime.fromtimestamp(shown / 1000 if shown > _MILLISECONDS else shown, UTC)
        moment = datetime.fromisoformat(str(shown))
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
