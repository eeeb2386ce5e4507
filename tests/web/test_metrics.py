"""Prometheus reads the state of an installation with a token: without one nobody does, and nothing is about people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from core import settings
from core.clock import now
from core.db import reading, transaction
from core.errors import StartError
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.measuring import totals
from core.models import Connection, Every, RunStatus, Schedule
from core.operations import metrics
from core.queue.redis_client import fast_client
from core.queue.task_queue import enqueue_run
from core.runs import lease
from core.security.actor import OPERATOR
from core.settings import ROOT
from harness import world
from tests.core.reports import reported_runs
from tests.web.asgi import Answer, ask
from tests.web.conftest import People
from web import metrics as route
from web import server
from web.request_rate import RequestRate

TOKEN = "prometheus-of-the-tests-1"
APP = Starlette(routes=server.routes, middleware=server.middleware)
MEASURES = {
    "seconds": {"reading": 1.0},
    "source": {"calls": 7, "refused": 2, "waited": 1.5, "slowest": 0.2},
    "target": {"calls": 3, "refused": 0, "waited": 0.0, "slowest": 0.1},
}


@pytest.fixture(autouse=True)
def token(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("IHUB_METRICS_TOKEN", TOKEN)
    monkeypatch.setattr(route, "_wrong_rate", RequestRate(3))
    settings.settings.cache_clear()
    metrics.page.forget()
    yield
    settings.settings.cache_clear()
    metrics.page.forget()


def scrape(given: str | None = f"Bearer {TOKEN}") -> Answer:
    headers = {} if given is None else {"authorization": given}
    return ask(APP, "http://localhost:8501/metrics", headers)


def read() -> dict[str, Metric]:
    metrics.page.forget()
    answer = scrape()
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def values(family: Metric) -> dict[str, float]:
    """Return the values of a metric by its label."""
    return {"".join(sample.labels.values()): sample.value for sample in family.samples}


def test_without_the_setting_there_is_no_such_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IHUB_METRICS_TOKEN")
    settings.settings.cache_clear()
    assert scrape().status == 404 and "ihub_" not in scrape().text


@pytest.mark.parametrize(
    "given", [None, "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \xff", TOKEN]
)
def test_without_the_token_nothing_is_read(given: str | None) -> None:
    answer = scrape(given)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="iHUB"')
    assert "ihub_" not in answer.text and TOKEN not in answer.text


def test_tokens_cannot_be_guessed_quickly() -> None:
    assert [scrape("Bearer guess").status for _ in range(4)] == [401, 401, 401, 429]
    assert scrape().status == 200, "who has the token is not kept out by others"


def test_a_short_token_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_METRICS_TOKEN", "short")
    settings.settings.cache_clear()
    with pytest.raises(StartError, match=r"IHUB_METRICS_TOKEN cannot be used: .*20 characters") as refused:
        settings.settings()
    assert "short" not in str(refused.value)


def test_the_numbers_are_those_of_the_store_and_of_redis(people: People, redis_url: str) -> None:
    connection = world.active_connection(people.account)
    due = now() - timedelta(minutes=6)
    ended = reported_runs.run(
        connection, RunStatus.ERROR, measures=MEASURES, attempt=3, due_at=due, **reported_runs.COUNTERS
    )
    totals.count_ended(ended)
    totals.count_lease_loss()
    expired = now() - timedelta(seconds=1)
    reported_runs.run(connection, RunStatus.RUNNING, lease_token="t", lease_until=expired)
    waiting = reported_runs.run(
        world.active_connection(people.account, target="keypay"),
        RunStatus.QUEUED,
        created_at=now() - timedelta(seconds=90),
    )
    assert enqueue_run(waiting)
    late = schedules.create(OPERATOR, connection, Rule(Every.HOURS, interval=1))
    with transaction() as session:
        session.get_one(Schedule, late).next_due_at = now() - timedelta(seconds=200)

    found = read()
    assert values(found["ihub_runs"]) == {"QUEUED": 1, "RUNNING": 1}
    assert values(found["ihub_runs_ended"]) == {"ERROR": 1}
    outcomes = {
        "created": 1,
        "updated": 1,
        "terminated": 1,
        "unchanged": 1,
        "filtered": 3,
        "held": 1,
        "errors": 1,
    }
    assert values(found["ihub_records"]) == outcomes
    assert values(found["ihub_requests"]) == {"enablehr": 7, "ipayroll": 3}
    assert values(found["ihub_requests_refused"]) == {"enablehr": 2}
    assert values(found["ihub_request_wait_seconds"]) == {"enablehr": 1.5}
    assert values(found["ihub_queue_tasks"]) == {"ui": 0, "sync-small": 1, "sync-big": 0}
    assert 0 <= values(found["ihub_queue_age_seconds"])["sync-small"] < 30
    assert 90 <= values(found["ihub_run_oldest_wait_seconds"])[""] < 120
    assert 200 <= values(found["ihub_schedule_lag_seconds"])[""] < 230
    delay = {sample.name: sample.value for sample in found["ihub_schedule_delay_seconds"].samples}
    assert delay["ihub_schedule_delay_seconds_count"] == 1
    assert delay["ihub_schedule_delay_seconds_sum"] == pytest.approx(60, abs=5)
    single = {
        "ihub_lease_losses": 1,
        "ihub_run_resumptions": 2,
        "ihub_runs_abandoned": 1,
        "ihub_schedules_overdue": 1,
        "ihub_workers": 0,
        "ihub_scheduler_leader": 0,
        "ihub_store_up": 1,
        "ihub_redis_up": 1,
    }
    assert {name: values(found[name])[""] for name in single} == single


def test_no_person_account_or_connection_is_named(people: People, redis_url: str) -> None:
    connection = world.active_connection(people.account)
    totals.count_ended(reported_runs.whole_run(connection))
    with reading() as session:
        name = session.get_one(Connection, connection).name
    text = scrape().text
    assert name not in text
    assert not [employee for employee, *_ in reported_runs.OUTCOMES if employee in text]
    assert {label for family in read().values() for sample in family.samples for label in sample.labels} <= {
        *("status", "outcome", "system", "queue")
    }


def test_what_does_not_respond_is_said_and_the_rest_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read()  # there is no Redis
    assert (values(found["ihub_redis_up"])[""], values(found["ihub_store_up"])[""]) == (0, 1)
    assert "ihub_runs" in found and "ihub_workers" not in found

    def down() -> int:
        raise OperationalError("select", {}, Exception("down"))

    monkeypatch.setattr(lease, "count_expired", down)
    found = read()
    assert values(found["ihub_store_up"])[""] == 0 and "ihub_runs" not in found


def test_a_second_scrape_within_seconds_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = scrape().text
    monkeypatch.setattr(lease, "count_expired", lambda: 1 / 0)
    assert scrape().text == first


def test_totals_that_cannot_be_counted_stop_no_run(people: People) -> None:
    totals.count_ended(reported_runs.whole_run(world.active_connection(people.account)))
    totals.count_lease_loss()


def test_the_dashboard_and_the_manual_know_every_metric_and_no_other(people: People, redis_url: str) -> None:
    totals.count_ended(reported_runs.run(world.active_connection(people.account), measures=MEASURES))
    assert fast_client().exists(totals.KEY)
    text = scrape().text
    families = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    samples = {re.split(r"[ {]", line)[0] for line in text.splitlines() if line and not line.startswith("#")}
    board = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"ihub_\w+", query)}
    drawn = {name.removesuffix("_sum").removesuffix("_count") for name in asked}
    exported = families | {line for line in samples if line.startswith("ihub_schedule_delay_seconds_")}
    assert asked <= exported and drawn == families
    assert families <= set(re.findall(r"ihub_\w+", (ROOT / "docs/operations.md").read_text()))
