"""A token that iHUB asks a system for with what a person entered: client credentials, a password, an own form."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.connector import Connector
from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.credential_forms import credentials_form
from connectors.http.sign_in.token_request import request_token
from connectors.http.sign_in.tokens import Tokens
from connectors.rest.loader import CatalogueError, load_connector
from tests.connectors.vendor import Answer, Asked, vendor

FILE = """\
kind: keyed
name: Keyed
summary: A payroll that gives tokens.
url: https://keyed.example.com
settings: {tenant: {title: Tenant, description: The tenant., default: t-1}}
authorisation: {AUTHORISATION}
check: {path: /me, id: id}
employees:
  id: id
  list: {path: /people}
source: {employee: {surname: name}}
"""
CLIENT = {"client_id": "abc", "client_secret": "canary-secret"}
PERSON = {"username": "jo", "password": "canary-password"}


def load(folder: Path, authorisation: str) -> Connector:
    file = folder / "keyed.yaml"
    file.write_text(FILE.replace("{AUTHORISATION}", authorisation))
    return load_connector(file)


def ask(connector: Connector, answer: Answer, entered: dict[str, str]) -> tuple[Tokens, Asked]:
    with vendor(lambda _: answer) as system:
        settings = connector.settings.model_validate({"url": system.url})
        return request_token(connector, settings, entered), system.asked[0]


def entered_names(connector: Connector) -> list[str]:
    form = credentials_form(connector)
    return list(form.model_fields) if form else []


GRANTED = Answer(200, {"access_token": "T", "token_type": "Bearer", "expires_in": "3600"})


def basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize(
    ("authorisation", "asked_for", "sent", "authorization"),
    [
        (
            "{kind: client_credentials, token_path: /token, scopes: [a, b]}",
            CLIENT,
            {"grant_type": "client_credentials", "scope": "a b"},
            basic("abc:canary-secret"),
        ),
        (
            "{kind: client_credentials, token_path: /token, client_in_body: true, fields: {audience: 'x/{tenant}'}}",
            CLIENT,
            {"grant_type": "client_credentials", **CLIENT, "audience": "x/t-1"},
            None,
        ),
        (
            "{kind: password, token_path: /token, scopes: [me]}",
            PERSON,
            {"grant_type": "password", **PERSON, "scope": "me"},
            None,
        ),
        (
            "{kind: password, token_path: /token, client: basic}",
            {**CLIENT, **PERSON},
            {"grant_type": "password", **PERSON},
            basic("abc:canary-secret"),
        ),
        (
            "{kind: password, token_path: /token, client: body}",
            {**CLIENT, **PERSON},
            {"grant_type": "password", **PERSON, **CLIENT},
            None,
        ),
    ],
)
def test_a_token_is_asked_for_in_the_forms_of_oauth(
    tmp_path: Path, authorisation: str, asked_for: dict[str, str], sent: dict[str, str], authorization: Any
) -> None:
    connector = load(tmp_path, authorisation)
    assert sorted(entered_names(connector)) == sorted(asked_for)
    tokens, asked = ask(connector, GRANTED, asked_for)
    assert (asked.path, asked.query, asked.form) == ("/token", {}, sent)
    assert asked.headers.get("authorization") == authorization
    assert tokens.access_token == "T" and tokens.expires_at is not None
    assert timedelta(minutes=59) < tokens.expires_at - datetime.now(UTC) <= timedelta(minutes=60)


OWN = (
    "{kind: token_request, token_path: '/{tenant}/auth', body: json, header: X-Session, prefix: '',"
    " entered: {key: {title: Key}, company: {title: Company, secret: false}},"
    " fields: {apiKey: '{key}', companyId: '{company}', ttl: 60}, token: data.token, expires_at: data.until}"
)


def test_a_request_in_a_form_of_the_systems_own(tmp_path: Path) -> None:
    connector = load(tmp_path, OWN)
    until = datetime.now(UTC) + timedelta(minutes=20)
    shown = Answer(200, {"success": True, "data": {"token": "T", "until": until.isoformat()}})
    tokens, asked = ask(connector, shown, {"key": " canary-key ", "company": "7"})
    assert (asked.path, asked.json) == ("/t-1/auth", {"apiKey": "canary-key", "companyId": "7", "ttl": 60})
    assert tokens.expires_at is not None and abs(tokens.expires_at - until) < timedelta(seconds=5)
    assert connector.sign_in.token is not None
    assert (connector.sign_in.token.header, connector.sign_in.token.prefix) == ("X-Session", "")


@pytest.mark.parametrize("until", [1_900_000_000, 1_900_000_000_000, "1900000000"[:0], None])
def test_an_end_that_is_a_number_or_not_said(tmp_path: Path, until: Any) -> None:
    connector = load(tmp_path, OWN)
    shown = Answer(200, {"data": {"token": "T", "until": until}})
    tokens, _ = ask(connector, shown, {"key": "k", "company": "7"})
    assert (tokens.expires_at is None) is not bool(until)
    if tokens.expires_at is not None:
        assert tokens.expires_at.year == 2030


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (Answer(401), AuthError, "did not accept the credentials"),
        (Answer(400, {"error": "invalid_grant"}), AuthError, "did not accept the credentials"),
        (Answer(400, {"error": "invalid_scope"}), ConfigError, "how iHUB asked for a token: invalid_scope"),
        (Answer(404), ConfigError, "Correct the address"),
        (Answer(302, None, {"Location": "https://example.com"}), ConfigError, "Correct the address"),
        (Answer(429), TemporaryError, "status 429"),
        (Answer(503), TemporaryError, "status 503"),
        (Answer(200), TemporaryError, "other than JSON"),
        (Answer(200, {"token": "T"}), TemporaryError, "without a token"),
        (Answer(200, {"access_token": "a\nb"}), TemporaryError, "cannot be sent"),
    ],
)
def test_what_a_refused_token_means_and_no_secret_in_it(
    tmp_path: Path, answer: Answer, kind: type[Exception], message: str
) -> None:
    connector = load(tmp_path, "{kind: client_credentials, token_path: /token}")
    with pytest.raises(kind, match=message) as refused:
        ask(connector, answer, CLIENT)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("authorisation", "message"),
    [
        (OWN.replace("'{company}'", "'{compny}'"), "or entered value `compny`. Did you mean {company}?"),
        (OWN.replace("companyId: '{company}', ", ""), "`company` is entered and never sent."),
        (OWN.replace("'/{tenant}/auth'", "'/{key}/auth'"), "{key} is entered by a person and must not stand"),
        (OWN.replace("company: {", "tenant: {").replace("{company}", "{tenant}"), "`tenant` is a setting too."),
        (OWN.replace("body: json", "basic: [key, other]"), "Nobody enters `other`."),
        (OWN.replace("company: {", "scope: {").replace("{company}", "{scope}"), "iHUB keeps `scope` itself."),
        (OWN.replace("X-Session", "Content-Type"), "belongs to the request itself"),
        (OWN.replace("prefix: ''", "prefix: Token"), "The key would follow `Token` without a space."),
    ],
)  # fmt: skip
def test_a_token_request_that_cannot_work_is_said_with_its_line(
    tmp_path: Path, authorisation: str, message: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path, authorisation)
    assert any(message in sentence and ", line " in sentence for sentence in refused.value.sentences)
