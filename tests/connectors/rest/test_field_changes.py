"""What a connection changes in the fields of a file: nothing without changes, total, and never with a secret in it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.employee import Address, AustralianTax, BankAccount, Employee, SuperFund
from connectors.contract.records import Prepared
from connectors.mapping.base import MOST_CHARACTERS
from connectors.rest import loader
from connectors.rest.checks.changes import check_changes
from connectors.rest.description.field_change import FieldChange, change_system
from connectors.rest.translation.compile import compile_system
from core.sync.compare.changes import display_value
from tests.connectors.described import described, settings_of
from tests.connectors.mapping.made import ANY_STEP, SEEDS

KINDS = ("ipayroll", "keypay")
PERSON = Employee(
    "Kai", "Quill", title="Dr", position="Cook", email="kai@example.com", address=Address(suburb="Newstead")
)
PLACES = [
    "first_name",
    "surname",
    "preferred_name",
    "position",
    "branch",
    "title",
    "start_date",
    "address.suburb",
]


# Digests of what the files made of the people below before connections could map otherwise. They change with the files.
GOLDEN = {"ipayroll": "77514ca4141d0f91", "keypay": "cab4ee3f488bb4a6"}


def people_by_chance(number: int) -> list[Employee]:
    """Return the same people each time, with gaps and odd values."""
    random = Random(7)  # noqa: S311 - the same people each time
    pools: dict[str, list[Any]] = {
        "first_name": ["Kai", "ANN", None, "Zoë"],
        "surname": ["Quill", "o'neil", None],
        "title": ["Dr", None, ""],
        "preferred_name": ["K", None],
        "gender": ["Male", "Female", "Non_Binary", None],
        "date_of_birth": [date(1990, 2, 3), date(1800, 1, 1), None],
        "start_date": [date(2024, 2, 29), None],
        "end_date": [date(2024, 3, 1), None, None],
        "status": ["Current", "Terminated", None],
        "employment_type": ["Permanent_FullTime", "Casual", "Odd", None],
        "email": ["kai@example.com", "no mail", None],
        "mobile": ["0412 345 678", "+64 21 123 4567", "none", None],
        "address": [
            Address("1 Quay", None, "Newstead", "Queensland", "4006", "Australia"),
            Address("2 Bay", "Flat 3", "Akl", "Auckland", "0610", "New Zealand"),
            Address(country="NZ"),
            None,
        ],
        "au_tax": [
            AustralianTax(tfn="865414088", residency="Resident"),
            AustralianTax(tfn="###-###-123"),
            None,
        ],
        "bank_accounts": [
            (),
            (BankAccount("A", "12345678", "062000"),),
            (BankAccount("A", "1"), BankAccount("B", "12-3244-0082000-00")),
        ],
        "super_funds": [(), (SuperFund("REGULATED", "Fund", None, "STA0100AU", "M1"),)],
        "unread": [frozenset(), frozenset(), frozenset({"address"}), frozenset({"au_tax", "bank_accounts"})],
        "branch": ["Kitchen", None],
        "position": ["Cook", None],
        "employee_number": ["7", None],
    }
    return [Employee(**{name: random.choice(pool) for name, pool in pools.items()}) for _ in range(number)]


def said_of(made: Prepared) -> tuple[Any, ...]:
    codes = [(each.reason.value, each.field) for each in made.problems], [each.code for each in made.warnings]
    more = made.ends_employment, sorted(made.create_only), sorted(made.blank)
    return sorted(made.values.items()), made.external_id, *codes, *more


def prepare(employee: Employee, *changes: dict[str, Any], kind: str = "ipayroll") -> Prepared:
    system = described(kind)
    given = [FieldChange.model_validate(change) for change in changes]
    assert list(check_changes(system, given)) == []
    target = compile_system(system, settings_of(kind), given).target
    assert target is not None
    return target.prepare("7", employee)


def values(employee: Employee, *changes: dict[str, Any]) -> Mapping[str, Any]:
    return prepare(employee, *changes).values


def refused(*changes: dict[str, Any], kind: str = "ipayroll") -> list[str]:
    given = [FieldChange.model_validate(change) for change in changes]
    return [message for _, message in check_changes(described(kind), given)]


CASES = [
    {"when": {"at": "position", "is": ["Cook"]}, "template": "{position}[ ({preferred_name})]"},
    {"when": {"at": "branch", "is": ["Bar"]}, "value": "Barkeeper"},
]


def test_the_first_case_that_holds_counts() -> None:
    change = {"name": "title", "cases": CASES, "else": {"from": "title"}}
    assert values(PERSON, change)["title"] == "Cook"
    assert values(replace(PERSON, position="x", branch="bar"), change)["title"] == "Barkeeper"
    assert values(replace(PERSON, position=None), change)["title"] == "Dr"
    assert "title" not in values(replace(PERSON, position=None), {"name": "title", "cases": CASES})


def test_a_case_that_cannot_be_decided_sends_nothing() -> None:
    hidden = replace(PERSON, position=None, unread=frozenset({"position"}))
    assert "title" not in values(
        hidden, {"name": "title", "cases": CASES, "else": {"value": "Mx"}, "default": "D"}
    )


def test_a_choice_is_sent_by_its_id() -> None:
    cases = [{"when": {"at": "employment_type", "is": ["Casual"]}, "id": "7", "label": "Weekly"}]
    change = {"name": "title", "choice": {"of": "cost_centres", "cases": cases, "else": "3"}}
    assert values(PERSON, change)["title"] == "3"
    assert values(replace(PERSON, employment_type="CASUAL"), change)["title"] == "7"
    assert values(PERSON, {"name": "title", "choice": {"of": "cost_centres", "id": "9"}})["title"] == "9"


def test_what_does_not_meet_the_condition_is_kept_or_cleared() -> None:
    never = {"name": "title", "when": {"at": "position", "is": ["Chef"]}}
    assert "title" not in values(PERSON, never)
    assert values(PERSON, {**never, "otherwise": "clear"})["title"] is None


def test_a_default_can_be_for_new_employees_only() -> None:
    change = {"name": "title", "default": "Mx", "default_only_on_create": True}
    made = prepare(replace(PERSON, title=None), change)
    assert made.values["title"] == "Mx" and "title" in made.create_only
    assert "title" not in prepare(PERSON, change).create_only


def test_a_part_of_one_value_that_is_not_sent_is_not_blanked_either() -> None:
    assert values(PERSON)["address.addressLine2"] is None
    assert "address.addressLine2" not in values(PERSON, {"name": "address.addressLine2", "send": False})


def test_the_hook_leaves_fields_alone_that_are_filled_in_another_way() -> None:
    employee = replace(
        PERSON, au_tax=AustralianTax(tfn="865414088"), address=Address(state="NSW", country="Australia")
    )
    assert values(employee)["workState"] == "NSW"
    assert values(employee, {"name": "workState", "value": "VIC"})["workState"] == "VIC"
    assert values(employee)["taxNumber"] == "865414088"
    assert "taxNumber" not in values(employee, {"name": "taxNumber", "send": False})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"name": "title", "when": {"at": "au_tax.tfn", "is": ["1"]}},
            "can only be asked whether it is `there`",
        ),
        (
            {"name": "title", "cases": [{"when": {"at": "au_tax.tfn", "is": ["1"]}, "value": "x"}]},
            "is sensitive",
        ),
        (
            {"name": "title", "cases": [{"when": {"at": "title", "is": ["x"]}, "from": "au_tax.tfn"}]},
            "is sensitive",
        ),
        ({"name": "title", "template": "{au_tax.tfn}"}, "is sensitive"),
        ({"name": "title", "otherwise": "clear"}, "Add `when`."),
        (
            {"name": "surname", "when": {"at": "title", "is": ["x"]}, "otherwise": "clear"},
            "cannot be cleared",
        ),
        ({"name": "title", "else": {"value": "x"}}, "Add `cases`."),
        ({"name": "title", "value": "x" * 200}, "longer than 128 characters"),
        ({"name": "gender", "value": "Other"}, "`map` does not have the value"),
        ({"name": "employeeId", "send": False}, "has to be sent"),
        ({"name": "finishDate", "send": False}, "says that an employment has ended"),
        ({"name": "title", "choice": {"of": "titles", "id": "1"}, "steps": ["tidy"]}, "Remove `steps`."),
        ({"name": "birthDate", "exact": True}, "Remove `exact`."),
        ({"name": "title", "default_only_on_create": True}, "There is no `default`."),
        ({"name": "surname", "owner": "target"}, "Write `owner: once`."),
        ({"name": "title", "also_when_blank": True}, "needs `owner: once`"),
        ({"name": "address.suburb", "owner": "target"}, "Give all one `owner`."),
        ({"name": "title", "shown": False}, "alone says the `shown`"),
        ({"name": "title", "when": {"at": "start_date", "within_days": {"after": 3}}}, "depends on today"),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any], sentence: str) -> None:
    messages = refused(change)
    assert any(sentence in message for message in messages), messages


@pytest.mark.parametrize("kind", KINDS)
def test_without_changes_everything_is_as_the_file_says(kind: str) -> None:
    system = described(kind)
    assert change_system(system, []) is system
    empty = [
        FieldChange.model_validate({"name": field.name, "steps": None}) for field in system.target.fields
    ]
    changed, plain = (compile_system(system, settings_of(kind), each).target for each in (empty, []))
    assert changed is not None and plain is not None
    digest = hashlib.sha256()
    for number, employee in enumerate(people_by_chance(200)):
        made = plain.prepare(str(number), employee)
        assert changed.prepare(str(number), employee) == made
        digest.update(repr(said_of(made)).encode())
    assert digest.hexdigest()[:16] == GOLDEN[kind]


TEXT_FIELDS = st.sampled_from(
    ["title", "preferredName", "surname", "firstNames", "address.suburb", "payFrequency"]
)
CONDITIONS = st.one_of(
    st.fixed_dictionaries({"at": st.sampled_from(PLACES[:-2]), "is": st.just(["Cook", "x"])}),
    st.fixed_dictionaries({"at": st.just("au_tax.tfn"), "there": st.booleans()}),
)
WAYS = st.one_of(
    st.fixed_dictionaries({"from": st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)}),
    st.fixed_dictionaries(
        {"template": st.sampled_from(["{first_name} {surname}[ ({position})]", "x{title}"])}
    ),
)
CHANGES = st.builds(
    lambda name, way, rest, steps, when: {
        "name": name,
        **way,
        **rest,
        **({"steps": steps} if steps else {}),
        **when,
    },
    TEXT_FIELDS,
    st.one_of(
        WAYS,
        st.builds(
            lambda cases: {"cases": cases},
            st.lists(
                st.builds(lambda when, way: {"when": when, **way}, CONDITIONS, WAYS), min_size=1, max_size=3
            ),
        ),
    ),
    st.sampled_from([{}, {"unique": True}, {"exact": True}]),
    st.lists(ANY_STEP, max_size=3),
    st.one_of(st.just({}), st.builds(lambda when: {"when": when}, CONDITIONS)),
)
HARD = st.sampled_from([each for each in SEEDS if isinstance(each, str | date | Decimal) or each is None])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(CHANGES, max_size=4, unique_by=lambda change: change["name"]), HARD, HARD)
def test_any_mapping_is_total_and_says_the_same_twice(
    changes: list[dict[str, Any]], first: Any, second: Any
) -> None:
    system = described("ipayroll")
    given_changes = [FieldChange.model_validate(change) for change in changes]
    if list(check_changes(system, given_changes)):
        return
    target = compile_system(system, settings_of("ipayroll"), given_changes).target
    assert target is not None
    text = first if isinstance(first, str) else None
    employee = replace(PERSON, first_name=text, position=second if isinstance(second, str) else None)
    started = time.process_time()
    made = target.prepare("7", employee)
    assert time.process_time() - started < 1
    assert made == target.prepare("7", employee)
    for value in made.values.values():
        assert not isinstance(value, str) or len(value) <= max(MOST_CHARACTERS, len(text or ""))


SECRET = "865414088"
SECRET_PLACES = ["au_tax.tfn", "bank_accounts.0.number", "super_funds.0.member_number"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.sampled_from(SECRET_PLACES),
    st.lists(ANY_STEP, max_size=3),
    st.sampled_from(["from", "template", "cases", "candidates"]),
)
def test_nothing_of_a_secret_is_shown_or_said(place: str, steps: list[Any], way: str) -> None:
    given_ways: dict[str, dict[str, Any]] = {
        "from": {"from": place},
        "template": {"template": f"{{{place}}}"},
        "cases": {
            "cases": [{"when": {"at": place, "there": True}, "from": place}],
            "else": {"template": f"{{{place}}}"},
        },
        "candidates": {"from": [place, "title"]},
    }
    change = {"name": "taxNumber", **given_ways[way]} | ({"steps": steps} if steps else {})
    system = described("ipayroll")
    given_changes = [FieldChange.model_validate(change)]
    plain = FieldChange.model_validate({**change, "name": "title"})
    assert any("is sensitive" in message for _, message in check_changes(system, [plain]))
    if list(check_changes(system, given_changes)):
        return
    compiled = compile_system(system, settings_of("ipayroll"), given_changes)
    employee = replace(
        PERSON,
        au_tax=AustralianTax(tfn=SECRET),
        bank_accounts=(BankAccount("Kai", SECRET, "062000"),),
        super_funds=(SuperFund("REGULATED", "Fund", None, None, SECRET),),
    )
    assert compiled.target is not None
    made = compiled.target.prepare("7", employee)
    said = " ".join([*(each.message for each in made.problems), *(each.message for each in made.warnings)])
    [field] = [each for each in compiled.system.fields if each.name == "taxNumber"]
    shown = display_value(field, made.values.get("taxNumber")) or ""
    if steps or way in {"template", "cases"}:
        assert not re.search(r"\d", shown)
    assert SECRET not in said and not any(SECRET[at : at + 4] in said for at in range(6))


def test_every_catalogue_file_takes_an_empty_change_set() -> None:
    for file in loader.list_files(loader.CATALOGUE):
        system = loader.load_system(file)
        assert list(check_changes(system, [])) == []
        assert change_system(system, []) is system
