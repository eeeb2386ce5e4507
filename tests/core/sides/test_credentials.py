"""What a person enters becomes the headers that a system wants."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from connectors.contract.connector import Authorisation, Connector, KeyPlace, SideSettings, SignIn
from connectors.contract.errors import AuthError
from connectors.credential_forms import credentials_form
from core.sides.credentials import GivenAuthoriser, headers_for


def system(authorisation: Authorisation, key: KeyPlace = KeyPlace()) -> Connector:  # noqa: B008 - a frozen value
    return Connector("pay", "Pay", "Pay.", SideSettings, SignIn(authorisation, key=key))


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@pytest.mark.parametrize(
    ("connector", "entered", "headers", "asked"),
    [
        (system(Authorisation.API_KEY), {"api_key": "k"}, {"X-API-Key": "k"}, ["api_key"]),
        (
            system(Authorisation.API_KEY, KeyPlace("X-T", "Token ")),
            {"api_key": " k\n"},
            {"X-T": "Token k"},
            ["api_key"],
        ),
        (system(Authorisation.BEARER), {"api_key": "k"}, {"Authorization": "Bearer k"}, ["api_key"]),
        (
            system(Authorisation.BASIC),
            {"username": "jo", "password": "pä:s"},
            basic("jo:pä:s"),
            ["username", "password"],
        ),
        (system(Authorisation.BASIC, KeyPlace(password="x")), {"api_key": "k"}, basic("k:x"), ["api_key"]),
        (system(Authorisation.BASIC, KeyPlace(password="")), {"api_key": "k"}, basic("k:"), ["api_key"]),
        (system(Authorisation.NONE), {}, {}, []),
    ],
)
async def test_credentials_become_headers(
    connector: Connector, entered: dict[str, str], headers: dict[str, str], asked: list[str]
) -> None:
    assert headers_for(connector, entered) == headers
    assert await GivenAuthoriser(connector, entered).headers() == headers
    form = credentials_form(connector)
    assert list(form.model_fields if form else ()) == asked


@pytest.mark.parametrize(
    ("authorisation", "entered"),
    [
        (Authorisation.API_KEY, {"api_key": "canary\r\nX-Other: 1"}),
        (Authorisation.BEARER, {"api_key": "canary–dash"}),
        (Authorisation.BASIC, {"username": "canary:x", "password": "y"}),
        (Authorisation.BASIC, {"username": "canary"}),
        (Authorisation.BEARER, {}),
    ],
)
def test_a_credential_that_cannot_be_sent_is_refused_without_repeating_it(
    authorisation: Authorisation, entered: dict[str, Any]
) -> None:
    with pytest.raises(AuthError) as refusal:
        headers_for(system(authorisation), entered)
    assert "canary" not in str(refusal.value)
