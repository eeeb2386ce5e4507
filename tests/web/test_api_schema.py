"""The API keeps to its own document, whatever is put into an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from starlette.applications import Starlette

from core.exports.data_set import TABLES
from core.security.actor import ActingRole, Actor
from core.sign_in.api_tokens import ApiScope, create_token
from harness import world
from tests.core.people.kept import entry, keep
from tests.core.reports import reported_runs
from tests.web.conftest import People
from web import api, api_document, server
from web.request_rate import RequestRate

HERE = "http://localhost:8501"
SEED = 20
# How many requests of each kind: the parameters of files are those of pages.
PAGES, FILES = 8, 2


@pytest.fixture
def token(people: People, monkeypatch: pytest.MonkeyPatch) -> str:
    for rate in ("_rate", "_wrong_rate"):
        monkeypatch.setattr(api, rate, RequestRate(100_000))
    connection = world.active_connection(people.account)
    reported_runs.whole_run(connection)
    keep(connection, entry("007"), entry("S2"))
    analyst = Actor("Ana", ActingRole.ANALYST, people.analyst, people.account)
    return create_token(analyst, "Notebook", list(ApiScope), 30)


@pytest.fixture
def app() -> Starlette:
    return Starlette(
        routes=server.routes, middleware=server.middleware, exception_handlers=server.exception_handlers
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "statuses"), [(GenerationMode.POSITIVE, {200, 404}), (GenerationMode.NEGATIVE, {200, 400})]
)
def test_every_answer_is_one_that_the_document_describes(
    app: Starlette, token: str, mode: GenerationMode, statuses: set[int]
) -> None:
    """Schemathesis makes the requests and judges status, headers, media type and values; also what is refused."""
    schema = schemathesis.openapi.from_dict(api_document.document(HERE))
    schema.app = app
    sent = {"authorization": f"Bearer {token}"}
    answered: dict[str, set[int]] = defaultdict(set)

    def judge(case: Case[Any]) -> None:
        answer = case.call(headers=sent)
        answered[case.operation.label].add(answer.status_code)
        case.validate_response(answer, headers=sent)

    for each in schema.get_all_operations():
        operation: Any = each.ok()  # type: ignore[union-attr]  # the document is valid
        _try(operation.as_strategy(mode), judge, FILES if "." in operation.path else PAGES)
    assert len(answered) == len(TABLES) * 5
    assert set.union(*answered.values()) >= statuses


def test_an_answer_that_the_document_does_not_describe_is_found(
    app: Starlette, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(api.TITLES, 404, 404)
    schema = schemathesis.openapi.from_dict(api_document.document(HERE))
    schema.app = app
    sent = {"authorization": f"Bearer {token}"}
    case = schema["/api/v1/records"]["GET"].Case(query={"run": 999})
    with pytest.raises(FailureGroup):
        case.validate_response(case.call(headers=sent), headers=sent)


def _try(cases: SearchStrategy[Case[Any]], judge: Callable[[Case[Any]], None], number: int) -> None:
    """Judge some cases, the same each time."""
    chosen = settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(SEED)(chosen(given(cases)(judge)))()
