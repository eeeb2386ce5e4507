"""The API: the same rows as the exports, by a token that can be ended at any moment, and nothing for anybody else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import jsonschema
import orjson
import pytest
from openapi_spec_validator import validate
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.requests import Request

from core.accounts import accounts, memberships
from core.clock import now
from core.db import engine, reading, transaction
from core.errors import InvalidError, NotFoundError
from core.exports import data_set
from core.models import ApiToken, Audit, Role
from core.security.actor import OPERATOR, ActingRole, Actor
from core.sign_in import api_tokens
from core.sign_in.api_tokens import ApiScope, create_token, list_tokens, revoke_token
from harness import world
from tests.core.people.kept import entry, keep
from tests.core.reports import reported_runs
from tests.web.asgi import Answer, ask
from tests.web.conftest import People
from tests.web.test_bad_requests import BAD_VALUES, encoded
from web import api, api_document, api_queries, download, server
from web.request_rate import RequestRate

HERE = "http://localhost:8501"


@pytest.fixture
def connection(people: People, monkeypatch: pytest.MonkeyPatch) -> int:
    """Add a connection with two runs and two people, and forget who has asked how often."""
    monkeypatch.setattr(api, "_rate", RequestRate(100_000))
    monkeypatch.setattr(api, "_wrong_rate", RequestRate(100_000))
    connection = world.active_connection(people.account)
    reported_runs.whole_run(connection)
    reported_runs.whole_run(connection)
    keep(connection, entry("007"), entry("S2"))
    return connection


@pytest.fixture
def analyst(people: People) -> Actor:
    return Actor("Ana", ActingRole.ANALYST, people.analyst, people.account)


@pytest.fixture
def token(connection: int, analyst: Actor) -> str:
    return create_token(analyst, "Notebook", list(ApiScope), 30)


@pytest.fixture(scope="module")
def app() -> Starlette:
    return Starlette(
        routes=server.routes, middleware=server.middleware, exception_handlers=server.exception_handlers
    )


def get(app: Starlette, path: str, token: str | None, **headers: str) -> Answer:
    sent = {} if token is None else {"authorization": f"Bearer {token}"}
    return ask(
        app, f"{HERE}/api/{path}", sent | {name.replace("_", "-"): each for name, each in headers.items()}
    )


def rows(app: Starlette, path: str, token: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of all pages."""
    key, joined = "", "&" if "?" in path else "?"
    while key is not None:
        answer = get(app, f"v1/{path}{joined}limit=4{f'&page={key}' if key else ''}", token)
        assert answer.status == 200, answer.text
        body = orjson.loads(answer.text)
        yield from body["rows"]
        key = body["next"]


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = orjson.loads(answer.text)
    assert body["status"] == answer.status and body["detail"].endswith(".")
    return answer.status, body["detail"]


@pytest.mark.parametrize("table", data_set.TABLES)
def test_pages_and_files_have_the_same_rows(app: Starlette, token: str, table: str) -> None:
    paged = list(rows(app, table, token))
    lines = get(app, f"v1/{table}.jsonl", token).text.splitlines()
    if table == "runs":  # a file comes in the order of the page, the newest first
        lines.reverse()
    assert paged == [orjson.loads(line) for line in lines]
    assert len(paged) == {"runs": 2, "records": 18, "people": 2}[table]


def test_filters_and_times_are_those_of_the_account(app: Starlette, token: str, connection: int) -> None:
    found = list(rows(app, "records?outcome=filtered&reason=MISSING_FIELD", token))
    assert [row["name"] for row in found] == ["Isla Wang", "Mia Müller"] * 2
    assert all(row["run_started_at"].endswith("+10:00") for row in found)
    assert [row["position"] for row in rows(app, "records?run=2&search=muller", token)] == [5]
    assert list(rows(app, "runs?until=2020-01-01", token)) == []
    assert len(list(rows(app, f"people?connection={connection}&search=007", token))) == 1


def test_the_document_describes_what_is_served(app: Starlette, token: str) -> None:
    document = orjson.loads(get(app, "openapi.json", None).text)
    validate(document)
    assert len(document["paths"]) == 3 * 5
    for table in data_set.TABLES:
        operation = document["paths"][f"/api/v1/{table}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = schema | {"components": document["components"]}
        jsonschema.validate(orjson.loads(get(app, f"v1/{table}?limit=5", token).text), whole)
        named = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
        assert named == set(api_queries.QUERIES[table].model_fields)
        for name in sorted(named - {"page"}):
            sample = {"limit": "3", "since": "2026-01-01", "until": "2099-01-01", "type": "Manual"}
            value = sample.get(name) or {"status": "ERROR", "kind": "SYNC", "outcome": "errors"}.get(
                name, "1"
            )
            assert get(app, f"v1/{table}?{name}={value}", token).status == 200, name


@pytest.mark.parametrize("path", ["v1/runs", "v1/records", "v1/people", "v1/runs.csv", "v1/people.xlsx"])
def test_nobody_is_served_without_a_token(app: Starlette, token: str, path: str) -> None:
    wrong = ("", "ihub_", "ihub_" + "x" * 43, token + "x", "x" * 5000, token.removeprefix("ihub_"))
    for each in (None, *wrong):
        answer = get(app, path, each)
        assert problem(answer)[0] == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    spelled = {"cookie": f"ihub_session={token}"}
    assert ask(app, f"{HERE}/api/{path}?token={token}", spelled).status == 401, "never in an address"


def test_a_password_of_basic_authentication_is_a_token(app: Starlette, token: str) -> None:
    """Excel and Power BI can send nothing else."""
    given = base64.b64encode(f"anybody:{token}".encode()).decode()
    assert ask(app, f"{HERE}/api/v1/runs", {"authorization": f"Basic {given}"}).status == 200
    for bad in ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff:\xff").decode(), "Digest x"):
        assert ask(app, f"{HERE}/api/v1/runs", {"authorization": bad}).status == 401


def test_a_token_reads_its_tables_of_its_account_only(
    app: Starlette, people: People, connection: int, analyst: Actor
) -> None:
    only_runs = create_token(analyst, "Runs", [ApiScope.RUNS], 1)
    assert get(app, "v1/runs", only_runs).status == 200
    for path in ("v1/records", "v1/people.csv"):
        assert problem(get(app, path, only_runs))[0] == 403
    stranger = Actor("Kiwi", ActingRole.ACCOUNT_ADMIN, people.stranger, people.other_account)
    theirs = create_token(stranger, "Theirs", list(ApiScope), 1)
    assert [list(rows(app, table, theirs)) for table in data_set.TABLES] == [[], [], []]
    for path in ("runs?connection={}", "records?run={}", "people?connection={}"):
        ours, nobodys = (get(app, "v1/" + path.format(number), theirs) for number in (connection, 10**6))
        assert ours.status == nobodys.status and ours.text == nobodys.text
        assert "Harbour" not in ours.text and "Olivia" not in ours.text
    assert problem(get(app, "v1/salaries", theirs))[0] == 404
    assert problem(get(app, "v1/runs.xml", theirs))[0] == 404


def test_what_ends_a_persons_rights_ends_their_tokens(
    app: Starlette, people: People, connection: int, analyst: Actor, token: str
) -> None:
    support = Actor("Sue", ActingRole.SUPPORT, people.support)
    accounts.set_enabled(people.account, False, OPERATOR)
    assert get(app, "v1/runs", token).status == 401
    accounts.set_enabled(people.account, True, OPERATOR)
    assert get(app, "v1/runs", token).status == 200
    memberships.revoke_role(support, people.analyst, people.account, Role.ANALYST)
    assert get(app, "v1/runs", token).status == 401
    memberships.give_role(support, people.analyst, people.account, Role.ANALYST)
    with transaction() as session:
        session.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))
    assert get(app, "v1/runs", token).status == 401
    assert list_tokens(analyst)[0].has_expired


def test_a_token_is_stored_as_a_hash_and_ended_by_its_person_or_an_admin(
    people: People, analyst: Actor, token: str
) -> None:
    with reading() as session:
        row = session.scalars(select(ApiToken)).one()
        assert token not in str(vars(row)) and len(row.token_hash) == 64
        assert token not in str([vars(each) for each in session.scalars(select(Audit))])
    stranger = Actor("Kiwi", ActingRole.ACCOUNT_ADMIN, people.stranger, people.other_account)
    colleague = Actor(
        "Ben", ActingRole.ANALYST, world.person(people.account, Role.ANALYST, username="ben"), people.account
    )
    for other in (stranger, colleague):
        assert list_tokens(other) == []
        with pytest.raises(NotFoundError):
            revoke_token(other, row.id)
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    assert [each.person for each in list_tokens(admin)] == ["Analyst"]
    revoke_token(admin, row.id)
    assert list_tokens(analyst) == [] and api_tokens.use_token(token) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", [ApiScope.RUNS], 30),
        ("x" * 101, [ApiScope.RUNS], 30),
        ("A", [], 30),
        ("A", [ApiScope.RUNS], 0),
        ("A", [ApiScope.RUNS], 366),
    ],
)
def test_a_token_that_cannot_be_created_is_refused_with_a_sentence(
    analyst: Actor, name: str, scopes: list[ApiScope], days: int
) -> None:
    with pytest.raises(InvalidError, match=r"\.$"):
        create_token(analyst, name, scopes, days)


def test_nobody_has_tokens_without_end(analyst: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_tokens, "MOST_TOKENS", 2)
    for _ in range(2):
        create_token(analyst, "A", [ApiScope.RUNS], 1)
    with pytest.raises(InvalidError, match="2 tokens already"):
        create_token(analyst, "A", [ApiScope.RUNS], 1)


def test_a_page_key_of_another_filter_table_or_account_is_refused(
    app: Starlette, people: People, connection: int, analyst: Actor, token: str
) -> None:
    key = orjson.loads(get(app, "v1/records?limit=2", token).text)["next"]
    assert get(app, f"v1/records?limit=9&page={key}", token).status == 200, "the size of a page is no filter"
    support = Actor("Sue", ActingRole.SUPPORT, people.support, people.other_account)
    other = create_token(support, "Other", list(ApiScope), 1)
    forged = base64.urlsafe_b64encode(orjson.dumps([[1, 1], "0" * 32])).decode().rstrip("=")
    for path, by, page in (
        ("records?outcome=errors", token, key),
        ("people?", token, key),
        ("records?", other, key),
        ("records?", token, forged),
        ("records?", token, key[:-4]),
        ("records?", token, "W10"),
        ("records?", token, "é"),
    ):
        status, detail = problem(get(app, f"v1/{path}&page={encoded(page)}".replace("?&", "?"), by))
        assert status == 404 and "page key" in detail


def test_a_page_that_has_not_changed_is_not_sent_again(app: Starlette, connection: int, token: str) -> None:
    first = get(app, "v1/runs", token)
    again = get(app, "v1/runs", token, if_none_match=f'"other", {first.headers["etag"]}')
    assert (again.status, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])
    reported_runs.whole_run(connection)
    assert get(app, "v1/runs", token, if_none_match=first.headers["etag"]).status == 200


def test_too_many_requests_are_refused_for_a_while(
    app: Starlette, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_rate", RequestRate(2))
    answers = [get(app, "v1/runs", token) for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30 and problem(answers[2])[1].startswith("Too many")
    monkeypatch.setattr(api, "_wrong_rate", RequestRate(1))
    assert [get(app, "v1/runs", "ihub_wrong").status for _ in range(2)] == [401, 429]


def test_a_rate_comes_back_with_time_and_forgets_who_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr("web.request_rate.time.monotonic", lambda: moment[0])
    monkeypatch.setattr("web.request_rate.MOST_KEYS", 2)
    rate = RequestRate(2)
    assert [rate.take("a"), rate.take("a")] == [0, 0] and rate.take("a") == 30
    moment[0] += 30
    assert rate.take("a") == 0 and rate.take("a") == 30
    assert [rate.take("b"), rate.take("c"), rate.take("a")] == [0, 0, 0], "the oldest is forgotten"


def test_reading_is_in_the_audit_once_an_hour_and_each_file(app: Starlette, token: str) -> None:
    for _ in range(3):
        get(app, "v1/runs", token)
    get(app, "v1/records.csv?run=1", token)
    with reading() as session:
        found = session.scalars(select(Audit).where(Audit.action.like("export.%")).order_by(Audit.id)).all()
    assert [(row.action, row.subject) for row in found] == [
        ("export.runs", "connection:all"),
        ("export.records", "run:1"),
    ]
    assert all(row.detail["api_token"] == 1 for row in found)


@pytest.mark.parametrize("file_format", ["jsonl", "parquet"])
def test_a_download_ends_when_its_token_is_revoked(
    app: Starlette, analyst: Actor, token: str, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    monkeypatch.setattr(download, "SECONDS", 0.0)
    answers: list[bool] = []
    is_valid = api._is_valid

    def checked(request: Request) -> bool:
        if answers:
            revoke_token(analyst, 1)
        answers.append(is_valid(request))
        return answers[-1]

    monkeypatch.setattr(api, "_is_valid", checked)
    with pytest.raises(ConnectionAbortedError, match="access has ended"):
        get(app, f"v1/records.{file_format}", token)
    assert answers == [True, False]
    assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]
    assert get(app, f"v1/records.{file_format}", token).status == 401


def test_no_parameter_is_an_error_of_the_server(app: Starlette, token: str) -> None:
    names = [*api_queries.RecordQuery.model_fields, "sort", "account"]
    for name, value in product(names, BAD_VALUES):
        answer = get(app, f"v1/records?{name}={encoded(value)}", token)
        assert answer.status < 500, (name, value[:20])
        if answer.status >= 400:
            assert problem(answer)[0] == 400 or name in ("connection", "run", "page"), (name, value[:20])
    assert "no parameter 'outcom'" in problem(get(app, "v1/records?outcom=errors", token))[1]
    assert "twice" in problem(get(app, "v1/records?run=1&run=2", token))[1]
    assert "no parameter 'limit'" in problem(get(app, "v1/records.csv?limit=5", token))[1]


def test_the_document_names_each_media_type_as_it_is_served(app: Starlette, token: str) -> None:
    for file_format, media_type in api_document.MEDIA_TYPES.items():
        if file_format in ("csv", "jsonl"):
            assert get(app, f"v1/runs.{file_format}", token).headers["content-type"].startswith(media_type)
