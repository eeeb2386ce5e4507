"""Where listing the target is expensive, the fingerprint of what was last written stands for what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.contract.errors import TemporaryError
from core.clock import now
from core.db import transaction
from core.models import Decision, Link, Pairing, RunStatus
from core.sides.system_pair import SystemPair
from core.sync.store import links
from core.sync.store.links import FreshnessCutoffs
from core.sync.store.rows import Linked
from tests.core.sync import conftest
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import fake_systems, person, raises


@pytest.fixture
def expensive(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Give a connection to a target whose listing is expensive, after its first run."""

    def expensive_systems(*given: Any) -> SystemPair:
        made = fake_systems(*given)
        return replace(made, target_connector=replace(made.target_connector, listing_is_cheap=False))

    monkeypatch.setattr(conftest, "fake_systems", expensive_systems)
    sqlite_hub.fill(12)
    assert sqlite_hub.run().counters.created == 12
    sqlite_hub.target.steps.done.clear()
    yield sqlite_hub


def test_an_unchanged_run_asks_the_target_nothing(expensive: Hub) -> None:
    assert expensive.run().counters.unchanged == 12
    assert expensive.target.steps.done == {}


def test_an_employee_touched_but_not_changed_is_recognised_by_the_fingerprint(expensive: Hub) -> None:
    expensive.source.edit("s4", mobile="(0400) 000-004")
    assert expensive.run().counters.unchanged == 12
    assert expensive.target.steps.done == {}
    expensive.source.details = 0
    expensive.run()
    assert expensive.source.details == 0  # the new source version was stored


def test_a_changed_employee_is_looked_up_alone_and_written(expensive: Hub) -> None:
    expensive.source.edit("s4", mobile="0411 222 333")
    ended = expensive.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (1, 11)
    assert ended.rows["s4"].changes == [
        {"field": "phone", "label": "Phone", "before": "0400 000004", "after": "0411 222 333"}
    ]
    assert expensive.target.steps.done == {"find": 1, "update": 1, "update.done": 1}


def test_a_few_changed_employees_of_several_pages_are_decided_together(
    expensive: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    by_source_id = links.by_source_id

    def counting(pairing_id: int, source_ids: Sequence[str], cutoffs: FreshnessCutoffs) -> dict[str, Linked]:
        at_once.append(len(source_ids))
        return by_source_id(pairing_id, source_ids, cutoffs)

    monkeypatch.setattr(links, "by_source_id", counting)
    for number in (1, 6, 11):
        expensive.source.edit(f"s{number}", mobile=f"0411 222 3{number:02}")
    ended = expensive.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (3, 9) and at_once == [3]
    assert expensive.everybody_once()


def test_employees_read_before_the_source_failed_are_recorded(expensive: Hub) -> None:
    expensive.source.edit("s4", mobile="0411 222 333")
    expensive.source.steps.done.clear()
    expensive.source.steps.fault = raises("read", 3, TemporaryError("enableHR is down. Try again later."))
    ended = expensive.run()
    assert ended.status is RunStatus.ERROR
    assert (ended.counters.read, ended.counters.unchanged, ended.counters.errors) == (10, 9, 1)
    assert ended.rows["s4"].decision is Decision.UPDATE


def test_somebody_new_makes_the_run_list_the_target_and_match(expensive: Hub) -> None:
    expensive.target.adopt("1050", person(50))
    expensive.source.put("new", person(50))
    expensive.source.put("newer", person(51))
    ended = expensive.run()
    assert (ended.decisions()["new"], ended.decisions()["newer"]) == (Decision.NO_CHANGE, Decision.CREATE)
    assert expensive.target.steps.done["list"] > 0 and expensive.everybody_once()


def test_a_full_read_looks_at_the_target_again(expensive: Hub) -> None:
    expensive.set_job(full_read_days=0)
    expensive.target.records["1001"]["phone"] = "0400 000 111"
    ended = expensive.run()
    assert (ended.decisions()["s1"], ended.counters.unchanged) == (Decision.UPDATE, 11)
    assert expensive.target.steps.done["find"] == 12


def test_an_employee_that_the_target_lost_is_created_again_at_the_next_full_read(expensive: Hub) -> None:
    del expensive.target.records["1003"]
    assert expensive.run().counters.unchanged == 12
    expensive.set_job(full_read_days=0)
    assert expensive.run().decisions()["s3"] is Decision.CREATE
    assert expensive.everybody_once()


def test_a_leaver_unknown_to_payroll_makes_the_run_list_the_target_once(expensive: Hub) -> None:
    expensive.source.put("gone", person(60, status="Terminated", end_date=date(2024, 6, 30)))
    assert expensive.run().counters.filtered == 1
    expensive.target.steps.done.clear()
    assert expensive.run().counters.filtered == 1
    assert expensive.target.steps.done == {}


def test_an_employee_under_another_id_at_the_target_is_found_and_not_created(expensive: Hub) -> None:
    expensive.target.records["elsewhere"] = expensive.target.records.pop("1003")
    expensive.target.external["elsewhere"] = None
    expensive.set_job(full_read_days=0)
    assert expensive.run().decisions()["s3"] is Decision.NO_CHANGE
    assert expensive.links()["s3"] == "elsewhere" and expensive.everybody_once()


def test_changes_that_do_not_concern_payroll_do_not_delay_the_next_full_read(expensive: Hub) -> None:
    expensive.target.records["1001"]["phone"] = "0400 000 111"
    for _ in range(2):
        with transaction() as session:
            for link in session.scalars(select(Link)):
                link.updated_at -= timedelta(days=4)
            session.execute(update(Pairing).values(config_since=now() - timedelta(days=30)))
        expensive.source.edit("s1")  # its source version changes
        expensive.run()
    assert expensive.target.records["1001"]["phone"] == "0400 000001"
