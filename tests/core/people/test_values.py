"""Values without a match are listed with the people behind them."""

from __future__ import annotations

from connectors.contract.records import Problem, Reason, Unmapped
from core.people.values import unmapped
from core.security.actor import OPERATOR
from tests.core.people.kept import entry, keep
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

TYPE = Problem(Reason.NO_VALUE_MAP, "There is none.", "Employment type", name="type")
SEASONAL, INTERN = (
    Unmapped("type", "Employment type", "Seasonal"),
    Unmapped("type", "Employment type", "Intern"),
)
SCALE = Unmapped("tax.scale", "Tax scale", None)


def test_values_come_with_the_people_behind_them_and_what_happens(hub: Hub) -> None:
    keep(
        hub.connection_id,
        entry("a", person(1, first_name="Zoe"), problems=[TYPE], unmapped=[SEASONAL]),
        entry("bb", person(2, first_name="Adam"), problems=[TYPE], unmapped=[SEASONAL, SCALE]),
        entry("ccc", person(3), unmapped=[SCALE]),
        entry("dddd", person(4), unmapped=[INTERN]),
        entry("eeeee", person(5, status="Merged"), unmapped=[INTERN]),
    )
    found = [
        (each.field, each.label, each.value, each.stops, [person.source_id for person in each.people])
        for each in unmapped(OPERATOR, hub.connection_id)
    ]
    assert found == [
        ("type", "Employment type", "Seasonal", True, ["bb", "a"]),
        ("tax.scale", "Tax scale", None, False, ["bb", "ccc"]),
        ("type", "Employment type", "Intern", False, ["dddd"]),
    ]
