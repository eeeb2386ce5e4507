"""A run judges by what the source has now: its custom fields and branches, and what has vanished of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors.contract.branches import Branch, BranchTree
from connectors.contract.errors import TemporaryError
from connectors.contract.fields import FieldType
from connectors.contract.records import Reason
from connectors.contract.source_fields import SourceField
from connectors.mapping.base import Kind
from connectors.rest.employee_places import EmployeePlaces
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError
from core.mapping import document as documents
from core.mapping import stored, versions
from core.models import Alert, AlertKind, BranchList, Connection, MappingVersion
from core.scope import branches
from core.scope.rules import ScopeRules, parse_condition
from core.scope_editor import current, rows, saving
from core.security.actor import OPERATOR
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeSource, person

ADMIN = replace(OPERATOR, account_id=1)
GRADE = SourceField("custom.grade", "Grade", FieldType.NUMBER)
CASUAL = SourceField("custom.casual", "Casual", FieldType.BOOLEAN)
TAGS = SourceField("custom.tags", "Tags", is_list=True)
HIGH = {"at": "custom.grade", "at_least": 5}
TREE = (Branch("W", "West", "West"), Branch("P", "Perth", "West > Perth", "W"))


@dataclass
class BranchedSource(FakeSource):
    """A source that says which branches it has; ``asked`` counts how often."""

    tree: Sequence[Branch] = TREE
    asked: int = 0
    is_silent: bool = False
    names: list[str] = field(default_factory=list)

    async def branches(self) -> Sequence[Branch]:
        self.asked += 1
        if self.is_silent:
            raise TemporaryError("No answer.")
        return self.tree


@pytest.fixture
def branched(sqlite_hub: Hub) -> Hub:
    """One employee in Perth and one in Sydney, of a source that lists its branches."""
    sqlite_hub.source = BranchedSource()
    sqlite_hub.source.put("s0", person(0, branch="Perth", branch_id="P"))
    sqlite_hub.source.put("s1", person(1, branch="Sydney", branch_id="S"))
    return sqlite_hub


def source_of(hub: Hub) -> BranchedSource:
    assert isinstance(hub.source, BranchedSource)
    return hub.source


def put_in_force(hub: Hub, scope: object, based_on: int = 0) -> None:
    """Store a version that a run uses, whatever its source has by now."""
    document = documents.from_json({"connector": "ipayroll", "scope": {"at": "status", "there": True}})
    saved = versions.save(OPERATOR, hub.connection_id, document, based_on=based_on)
    with transaction() as session:
        row = session.get_one(MappingVersion, (hub.connection_id, saved.number))
        row.document = row.document | {"scope": scope}


def alert_messages() -> list[str]:
    query = select(Alert.message).where(Alert.kind == AlertKind.SCOPE_VANISHED, Alert.cleared_at.is_(None))
    with reading() as session:
        return list(session.scalars(query))


def test_a_custom_field_is_judged_by_its_type(sqlite_hub: Hub) -> None:
    sqlite_hub.source.custom_fields = [GRADE]
    for number, grade in enumerate((4, 10)):
        sqlite_hub.source.put(f"s{number}", person(number, custom={"grade": grade}))
    put_in_force(sqlite_hub, HIGH)
    assert sqlite_hub.run().reasons() == {"s0": Reason.NOT_IN_SCOPE, "s1": None}
    assert alert_messages() == []


def test_a_custom_field_that_has_vanished_is_met_by_nobody_and_raises_one_alert(sqlite_hub: Hub) -> None:
    sqlite_hub.source.custom_fields = [CASUAL]
    sqlite_hub.source.put("s0", person(0, custom={"grade": 10, "casual": False}))
    put_in_force(sqlite_hub, {"any": [HIGH, {"at": "custom.casual", "is": [True]}]})
    for _ in range(2):
        assert sqlite_hub.run().reasons() == {"s0": Reason.NOT_IN_SCOPE}
    (message,) = alert_messages()
    assert "Condition 1: An employee has no `custom.grade`." in message and "Scope tab" in message
    with reading() as session:
        connection = session.get_one(Connection, sqlite_hub.connection_id)
        assert stored.find_fault(session, connection) is None  # runs start all the same
    sqlite_hub.source.custom_fields = [CASUAL, GRADE]
    assert sqlite_hub.run().reasons() == {"s0": None}
    assert alert_messages() == []


def test_a_custom_field_that_is_sensitive_by_now_decides_nothing_and_raises_the_alert(
    sqlite_hub: Hub,
) -> None:
    sqlite_hub.source.custom_fields = [GRADE]
    for number, grade in enumerate((4, 10)):
        sqlite_hub.source.put(f"s{number}", person(number, custom={"grade": grade}))
    put_in_force(sqlite_hub, HIGH)
    assert sqlite_hub.run().reasons() == {"s0": Reason.NOT_IN_SCOPE, "s1": None}
    sqlite_hub.source.custom_fields = [replace(GRADE, sensitive=True)]
    assert set(sqlite_hub.run().reasons().values()) == {Reason.NOT_IN_SCOPE}
    (message,) = alert_messages()
    assert "Condition 1: Grade is sensitive, so it cannot decide who is synced." in message


def test_a_branch_that_has_vanished_raises_an_alert_that_ends_by_itself(branched: Hub) -> None:
    put_in_force(branched, {"branch": "West", "below": True})
    assert branched.run().reasons() == {"s0": None, "s1": Reason.NOT_IN_SCOPE}
    source_of(branched).tree = TREE[1:]
    assert branched.run().reasons() == {"s0": Reason.NOT_IN_SCOPE, "s1": Reason.NOT_IN_SCOPE}
    (message,) = alert_messages()
    assert "The source has no branch `West`." in message
    source_of(branched).tree = TREE
    branched.run()
    assert alert_messages() == []


def test_a_branch_that_has_moved_is_stored_by_the_run_that_judges_by_it(branched: Hub) -> None:
    put_in_force(branched, {"branch": "West", "below": True})
    branched.run()
    source_of(branched).tree = (*TREE, Branch("S", "Sydney", "West > Sydney", "W"))
    assert branched.run().reasons() == {"s0": None, "s1": None}
    shown = current.get_scope(ADMIN, branched.connection_id).branches
    assert shown is not None and shown.below("West") == {"W", "P", "S"}


def test_branches_that_are_only_named_are_read_at_most_once_a_day(branched: Hub) -> None:
    put_in_force(branched, {"branch": "Perth"})
    branched.run()
    branched.run()
    assert source_of(branched).asked == 1
    with transaction() as session:
        session.execute(update(BranchList).values(read_at=now() - timedelta(days=1, minutes=1)))
    source_of(branched).is_silent = True
    assert branched.run().reasons() == {"s0": None, "s1": Reason.NOT_IN_SCOPE}
    assert source_of(branched).asked == 2 and alert_messages() == []


def test_branches_that_nobody_asks_about_are_not_read(branched: Hub) -> None:
    branched.run()
    assert source_of(branched).asked == 0


def test_the_editor_offers_the_fields_of_the_source_and_refuses_others(sqlite_hub: Hub) -> None:
    places = EmployeePlaces([GRADE, CASUAL, TAGS])
    offered = rows.fields(places)
    assert [offered[one.path] for one in (GRADE, CASUAL, TAGS)] == ["Grade", "Casual", "Tags"]
    assert "at_least" in rows.operators("custom.grade", places)
    assert rows.operators("custom.tags", places)[:2] == ["any_is", "all_are"]
    assert rows.kind_of("custom.casual", places) is Kind.YES_NO
    view = replace(current.get_scope(ADMIN, sqlite_hub.connection_id), places=places)
    assert current.find_rule_faults(view, ScopeRules(condition=parse_condition(HIGH))) == []
    gone = ScopeRules(condition=parse_condition({"at": "custom.gone", "is": ["1"]}))
    assert "An employee has no `custom.gone`" in current.find_rule_faults(view, gone)[0]
    with pytest.raises(InvalidError, match="no `custom"):
        saving.save_scope(ADMIN, sqlite_hub.connection_id, gone, based_on=0)


def test_a_stored_list_that_is_old_is_not_trusted(branched: Hub) -> None:
    with transaction() as session:
        pairing_id = session.get_one(Connection, branched.connection_id).pairing_id or 0
        branches.save(session, pairing_id, BranchTree(TREE))
    assert branches.load_recent(pairing_id) is not None
    with transaction() as session:
        session.execute(update(BranchList).values(read_at=now() - timedelta(days=2)))
    assert branches.load_recent(pairing_id) is None
