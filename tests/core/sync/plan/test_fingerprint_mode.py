"""Where listing the target is dear, the fingerprint of what was written last stands for what the target holds."""

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
from core.sync.store import links
from core.sync.store.links import Horizon
from core.sync.store.rows import Linked
from tests.core.sync import conftest
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeEnds, ends, person, raises


@pytest.fixture
def dear(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Give a connection to a target whose listing is dear, its first run over."""

    def dear_ends(*given: Any) -> FakeEnds:
        made = ends(*given)
        return replace(made, target_connector=replace(made.target_connector, listing_is_cheap=False))

    monkeypatch.setattr(conftest, "ends", dear_ends)
    sqlite_hub.fill(12)
    assert sqlite_hub.run().counters.created == 12
    sqlite_hub.target.steps.done.clear()
    yield sqlite_hub


def test_an_unchanged_run_asks_the_target_nothing(dear: Hub) -> None:
    assert dear.run().counters.unchanged == 12
    assert dear.target.steps.done == {}


def test_somebody_touched_but_not_changed_is_told_by_the_fingerprint(dear: Hub) -> None:
    dear.source.edit("s4", mobile="+61 400 000 004")
    assert dear.run().counters.unchanged == 12
    assert dear.target.steps.done == {}
    dear.source.details = 0
    dear.run()
    assert dear.source.details == 0  # the new mark was kept


def test_who_changed_is_looked_up_alone_and_written(dear: Hub) -> None:
    dear.source.edit("s4", mobile="0411 222 333")
    ended = dear.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (1, 11)
    assert ended.rows["s4"].changes == [
        {"field": "phone", "label": "Phone", "before": "0400 000004", "after": "0411 222 333"}
    ]
    assert dear.target.steps.done == {"find": 1, "update": 1, "update.done": 1}


def test_the_few_who_changed_are_gathered_from_several_pages(
    dear: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    by_source_id = links.by_source_id

    def counting(pairing_id: int, source_ids: Sequence[str], horizon: Horizon) -> dict[str, Linked]:
        at_once.append(len(source_ids))
        return by_source_id(pairing_id, source_ids, horizon)

    monkeypatch.setattr(links, "by_source_id", counting)
    for number in (1, 6, 11):
        dear.source.edit(f"s{number}", mobile=f"0411 222 3{number:02}")
    ended = dear.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (3, 9) and at_once == [3]
    assert dear.everybody_once()


def test_whom_the_source_gave_before_it_failed_is_on_record(dear: Hub) -> None:
    dear.source.edit("s4", mobile="0411 222 333")
    dear.source.steps.done.clear()
    dear.source.steps.fault = raises("read", 3, TemporaryError("enableHR is down. Try again later."))
    ended = dear.run()
    assert ended.status is RunStatus.ERROR
    assert (ended.counters.read, ended.counters.unchanged, ended.counters.errors) == (10, 9, 1)
    assert ended.rows["s4"].decision is Decision.UPDATE


def test_somebody_new_makes_the_run_list_the_target_and_match(dear: Hub) -> None:
    dear.target.adopt("1050", person(50))
    dear.source.put("new", person(50))
    dear.source.put("newer", person(51))
    ended = dear.run()
    assert (ended.decisions()["new"], ended.decisions()["newer"]) == (Decision.NO_CHANGE, Decision.CREATE)
    assert dear.target.steps.done["list"] > 0 and dear.everybody_once()


def test_a_full_read_looks_at_the_target_again(dear: Hub) -> None:
    dear.set_job(full_read_days=0)
    dear.target.records["1001"]["phone"] = "0400 000 111"
    ended = dear.run()
    assert (ended.decisions()["s1"], ended.counters.unchanged) == (Decision.UPDATE, 11)
    assert dear.target.steps.done["find"] == 12


def test_whom_the_target_lost_is_created_again_at_the_next_full_read(dear: Hub) -> None:
    del dear.target.records["1003"]
    assert dear.run().counters.unchanged == 12
    dear.set_job(full_read_days=0)
    assert dear.run().decisions()["s3"] is Decision.CREATE
    assert dear.everybody_once()


def test_who_left_before_payroll_had_them_makes_the_run_list_the_target_once(dear: Hub) -> None:
    dear.source.put("gone", person(60, status="Terminated", end_date=date(2024, 6, 30)))
    assert dear.run().counters.filtered == 1
    dear.target.steps.done.clear()
    assert dear.run().counters.filtered == 1
    assert dear.target.steps.done == {}


def test_whom_the_target_has_under_another_id_now_is_found_and_not_created(dear: Hub) -> None:
    dear.target.records["elsewhere"] = dear.target.records.pop("1003")
    dear.target.external["elsewhere"] = None
    dear.set_job(full_read_days=0)
    assert dear.run().decisions()["s3"] is Decision.NO_CHANGE
    assert dear.links()["s3"] == "elsewhere" and dear.everybody_once()


def test_changes_that_do_not_concern_payroll_do_not_put_off_the_look_at_it(dear: Hub) -> None:
    dear.target.records["1001"]["phone"] = "0400 000 111"
    for _ in range(2):
        with transaction() as session:
            for link in session.scalars(select(Link)):
                link.updated_at -= timedelta(days=4)
            session.execute(update(Pairing).values(config_since=now() - timedelta(days=30)))
        dear.source.edit("s1")  # its mark moves
        dear.run()
    assert dear.target.records["1001"]["phone"] == "0400 000001"
