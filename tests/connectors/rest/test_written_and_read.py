"""What a mapping makes of odd values of the source's own fields is sent once, and compares equal once it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.source_fields import SourceField
from connectors.http.json_body import dump_json, load_json
from connectors.rest.checks.changes import check_changes
from connectors.rest.description.field_change import FieldChange
from connectors.rest.employee_places import EmployeePlaces
from connectors.rest.translation.compile import compile_system
from connectors.rest.translation.target_records import request_body
from core.sync.compare import diff
from tests.connectors.mapping.made import ANY_STEP, SEEDS
from tests.connectors.rest.roster import DESCRIPTION
from tests.connectors.rest.test_values import BRISBANE, loaded

TYPES = ("text", "number", "date", "boolean", "email", "phone")
OWN = (
    "".join(f"    - {{name: {kind}, label: {kind}, type: {kind}, from: custom.one}}\n" for kind in TYPES)
    + "    - {name: exact, label: Exact, from: custom.one, exact: true}\n"
)
SYSTEM = replace(loaded(DESCRIPTION + OWN), locality=BRISBANE)
PLACES = EmployeePlaces(
    [
        SourceField("custom.one", "One"),
        SourceField("custom.two", "Two"),
        SourceField("custom.many", "Many", is_list=True),
    ]
)
THERE, MAP = {"at": "custom.two", "there": True}, {"yes": "ja", "Zoë": "Zoe"}
LONG = "Nguyễn " * 1430
ODD: Sequence[Any] = (
    *(each for each in SEEDS if isinstance(each, bool | Decimal | date) or each is None),
    # JSON that was read has no lone surrogates.
    *(each for each in SEEDS if isinstance(each, str) and each.isprintable()),
    *(
        "Zoë",
        "Zoe\u0308",
        "ﬁancé",
        "Ω",
        "Å",
        "x" * 10_000,
        LONG,
        "12345678901234567890",
        "0012345678901234567890",
    ),
    *(Decimal("12345678901234567890"), Decimal("12345678901234567890.12345678901234567890"), Decimal("1E+2")),
    *(
        date(1, 1, 1),
        date(9999, 12, 31),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        "2026-10-04T02:30:00+10:00",
    ),
    *(
        "2021-06-14T14:00:00Z",
        "1900-01-01",
        "31/12/9999",
        "yes",
        "No",
        "TRUE",
        "0",
        "1",
        "null",
        "None",
        "[]",
        "{}",
    ),
    *(
        "a@b.example",
        " A@B.EXAMPLE ",
        "0412 345 678",
        "+61 412 345 678",
        "+44 20 7946 0958",
        "0011 61 2 9999 0000",
    ),
)
VALUES = st.one_of(st.sampled_from(ODD), st.text(max_size=30), st.decimals(), st.dates(), st.booleans())
LISTS = st.lists(VALUES, max_size=4).map(tuple)
WAYS = st.sampled_from(
    [
        {"from": "custom.one"},
        {"from": ["custom.two", "custom.one"]},
        {"from": "custom.many"},
        {"template": "{custom.one}[ {custom.two}]"},
        {"template": "[{custom.two}-]{custom.one} "},
        {
            "cases": [{"when": {"at": "custom.two", "there": True}, "from": "custom.two"}],
            "else": {"from": "custom.one"},
        },
    ]
)
JOINED = st.sampled_from([{"join": {"with": "; "}}, {"join": {"with": ",", "sort": True}}])
CHANGES = st.builds(
    lambda name, way, steps, joined, rest: {
        "name": name,
        **way,
        "steps": ([joined] if joined else []) + steps,
        **rest,
    },
    st.sampled_from([*TYPES, "exact"]),
    WAYS,
    st.lists(ANY_STEP, max_size=3),
    st.one_of(st.none(), JOINED),
    st.sampled_from(
        [{}, {"unmapped": "keep", "map": {"yes": "ja", "Zoë": "Zoe"}}, {"default": "7"}, {"blank": "clear"}]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CHANGES, max_size=3, unique_by=lambda change: change["name"]), VALUES, VALUES, LISTS)
def test_what_is_sent_is_the_same_again_and_compares_equal(
    changes: list[dict[str, Any]], one: Any, two: Any, many: tuple[Any, ...]
) -> None:
    made = [FieldChange.model_validate(change) for change in changes]
    if list(check_changes(SYSTEM, made, PLACES)):
        return
    target = compile_system(SYSTEM, SideSettings(), made).target
    assert target is not None
    employee = Employee("Ann", "Lee", custom={"one": one, "two": two, "many": many})
    prepared = target.prepare("s1", employee)
    assert prepared == target.prepare("s1", employee)
    shown = load_json(dump_json({"key": 1, **request_body(prepared.values)}))
    record = target.read_record(shown)
    assert record is not None
    found = diff.compare({field.name: field for field in SYSTEM.fields}, prepared, record)
    assert not found.differences, found.differences
