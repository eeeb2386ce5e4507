"""Employees who have changed at neither end are not translated; what a clerk changed is corrected.

Both systems are described by files, and the source has no marker of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from connectors.contract.records import SourceRecord, TargetRecord
from connectors.rest.client.source import RestSource
from connectors.rest.client.target import RestTarget
from core.models import Decision, RunStatus
from core.sides.system_pair import SystemPair
from harness.sandbox import _served
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.connectors.stand_ins import Held
from tests.core.sync.described import QUICK, DescribedHub, connector_described
from tests.core.sync.described_source import NUMBERS, PEOPLE, People

NUMBER = 7


@dataclass
class DescribedPair(DescribedHub):
    """A connection between two described systems."""

    people: Any = None

    def _systems(self) -> SystemPair:
        entry = connector_described("people", PEOPLE.replace("PAGING", NUMBERS))
        assert entry.source is not None
        settings = entry.settings.model_validate({"url": self.people.url, "page_size": 3})
        source = entry.source(settings, Held(), retry=QUICK)
        return replace(super()._systems(), source=cast(Any, source), source_connector=entry)

    def edit_payroll(self, family: str, **changes: Any) -> None:
        """Change somebody at the target, as a clerk does."""
        for employee in self.roster.people.values():
            if employee["family"] == family:
                employee.update(changes)


@pytest.fixture(params=[False, True], ids=["the employee", "the id"])
def only_key(request: pytest.FixtureRequest) -> bool:
    """Say what payroll responds to a create with."""
    return bool(request.param)


@pytest.fixture
def pair(store: str, only_key: bool) -> Iterator[DescribedPair]:
    """Give a connection whose employees have been written."""
    people = People()
    with _served(people.app()) as port, roster.running() as payroll:
        people.url, payroll.only_key = f"http://127.0.0.1:{port}", only_key
        given = DescribedPair(
            active_connection(),
            roster=payroll,
            description=roster.DESCRIPTION,
            people=people,
        )
        assert given.run().counters.created == NUMBER
        yield given


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the employees that are translated, by role."""
    counted: Counter[str] = Counter()
    translate_source, translate_target = RestSource._translate, RestTarget.translate

    def source(self: RestSource, *given: Any) -> SourceRecord:
        counted["source"] += 1
        return translate_source(self, *given)

    def target(self: RestTarget, data: bytes) -> TargetRecord:
        counted["target"] += 1
        return translate_target(self, data)

    monkeypatch.setattr(RestSource, "_translate", source)
    monkeypatch.setattr(RestTarget, "translate", target)
    return counted


def test_nobody_is_translated_while_nothing_changes(
    pair: DescribedPair, translated: Counter[str], only_key: bool
) -> None:
    first = pair.run()
    assert first.counters.unchanged == NUMBER
    # Unless payroll has shown those it has created, they are seen for the first time.
    assert translated == ({"target": NUMBER} if only_key else {})
    translated.clear()
    ended = pair.run()
    assert (ended.status, ended.counters.unchanged) == (RunStatus.COMPLETE, NUMBER)
    assert not translated
    assert {row.target_id for row in ended.rows.values()} == set(map(str, pair.roster.people))


def test_a_change_by_a_clerk_is_corrected_although_the_source_is_unchanged(
    pair: DescribedPair, translated: Counter[str]
) -> None:
    pair.run()
    translated.clear()
    pair.edit_payroll("Surname2", mobile="0499 999 999")
    ended = pair.run()
    assert (ended.counters.updated, ended.counters.unchanged) == (1, NUMBER - 1)
    assert translated["source"] == 1
    assert pair.run().counters.unchanged == NUMBER
    assert "0499 999 999" not in {one["mobile"] for one in pair.roster.people.values()}


def test_a_change_by_a_clerk_right_after_the_write_is_corrected(pair: DescribedPair) -> None:
    """Nothing was shown since, so that the target has to show what was sent."""
    pair.edit_payroll("Surname2", mobile="0499 999 999")
    assert pair.run().counters.updated == 1


def test_what_each_pay_run_changes_is_no_change(pair: DescribedPair, translated: Counter[str]) -> None:
    pair.run()
    translated.clear()
    for month in ("2024-03-31", "2024-04-30"):
        for number in range(1, NUMBER + 1):
            pair.edit_payroll(f"Surname{number}", paidToDate=month)
        assert pair.run().counters.unchanged == NUMBER
        assert translated == {"target": NUMBER}
        translated.clear()
        assert pair.run().counters.unchanged == NUMBER
        assert not translated


def test_a_field_that_the_hr_system_adds_is_no_change(pair: DescribedPair, translated: Counter[str]) -> None:
    pair.run()
    translated.clear()
    pair.people.people[0]["seen"] = "today"
    assert pair.run().counters.unchanged == NUMBER
    assert translated["source"] == 1
    translated.clear()
    assert pair.run().counters.unchanged == NUMBER and not translated


def test_what_payroll_makes_of_an_employee_is_looked_at_once(
    pair: DescribedPair, translated: Counter[str]
) -> None:
    """Its response shows something else than was sent, and so does its list."""
    add = pair.roster._add
    pair.roster._add = lambda sent: add(sent | {"mobile": "0400 000 000"})  # type: ignore[method-assign]
    pair.people.people.append({**pair.people.people[0], "id": 9, "family": "Surname9", "born": "1970-09-09"})
    assert pair.run().counters.created == 1
    translated.clear()
    assert pair.run().rows["9"].decision is Decision.UPDATE
    assert translated["source"] == 1 and pair.run().counters.unchanged == NUMBER + 1


def test_a_change_in_the_hr_system_is_written(pair: DescribedPair, translated: Counter[str]) -> None:
    pair.run()
    translated.clear()
    pair.people.people[0]["mobile"] = "0488 888 888"
    ended = pair.run()
    assert ended.rows["1"].decision is Decision.UPDATE and ended.counters.updated == 1
    assert translated["source"] == 1


def test_somebody_new_is_matched_against_all_who_have_not_changed(pair: DescribedPair) -> None:
    pair.run()
    pair.roster._add(
        {"given": "Given9", "family": "Surname9", "born": "1980-01-10", "mobile": "0411 222 009"}
    )
    pair.people.people.append({**pair.people.people[0], "id": 9, "given": "Given9", "family": "Surname9"})
    pair.people.people[-1] |= {"born": "1980-01-10", "mobile": "0411 222 009"}
    ended = pair.run()
    assert ended.counters.created == 0 and len(pair.roster.people) == NUMBER + 1
    assert ended.rows["9"].decision in {Decision.NO_CHANGE, Decision.UPDATE}


def test_another_description_has_everybody_translated(
    pair: DescribedPair, translated: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.run()
    translated.clear()
    systems = DescribedPair._systems
    monkeypatch.setattr(
        DescribedPair, "_systems", lambda self: replace(systems(self), system_settings="another mapping")
    )
    assert pair.run().counters.unchanged == NUMBER
    assert translated["source"] == translated["target"] == NUMBER
    translated.clear()
    assert pair.run().counters.unchanged == NUMBER and not translated
