"""Fields that only one source has: declared in its file, read in three states, and taken by a target as they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.connector import SideSettings
from connectors.contract.employee import EmergencyContact, Employee, LeaveBalance
from connectors.contract.records import Prepared
from connectors.rest.checks.changes import check_changes
from connectors.rest.checks.pairs import misfits
from connectors.rest.description.field_change import FieldChange
from connectors.rest.employee_places import EmployeePlaces
from connectors.rest.loader import make_connector
from connectors.rest.translation.from_source import EmployeeReader, UnreadableError
from connectors.rest.translation.to_target import EmployeePreparer
from tests.connectors.rest.test_loader import refused
from tests.connectors.rest.test_values import STAFF, loaded

CUSTOM = """\
  custom:
    uniform: {label: Uniform size, at: extras.uniform, map: {"1": S, "2": M}}
    badge: {label: Badge number, at: badge, sensitive: true}
    licence: {label: Licence ends, at: licence.until, type: date}
    rate: {label: Own rate, at: rate, type: number}
    driver: {label: Drives, at: driver, type: boolean}
    tags: {label: Tags, at: tags, list: true}
    allowances:
      label: Allowances
      at: pay.allowances
      list: true
      values: {code: code, amount: {at: each.amount, type: number}}
    shirt: {label: Shirt, at: fields, where: {key: Shirt}, value: value, blank_when_absent: true}
"""
HR = f"{STAFF}{CUSTOM}"
TARGET = """\
kind: payroll
name: Payroll
summary: A payroll.
url: https://payroll.example.com
authorisation: {kind: none}
check: {path: /me, id: number}
employees:
  id: key
  list: {path: /staff}
  get: {path: "/staff/{id}"}
  create: {path: /staff}
  update: {path: "/staff/{id}", sends: ours}
target:
  fields:
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
"""
MEAL = "steps: [{item: {where: {code: meal}, of: amount}}]"
FIELDS = f"""\
    - {{name: uniform, label: Uniform, from: custom.uniform, blank: clear}}
    - {{name: badge, label: Badge, from: custom.badge, sensitive: true}}
    - {{name: until, label: Licence, type: date, from: custom.licence}}
    - {{name: rate, label: Rate, type: number, from: [custom.rate, pay_rate], sensitive: true}}
    - {{name: driver, label: Drives, type: boolean, from: custom.driver}}
    - {{name: tags, label: Tags, from: custom.tags, steps: [{{join: {{with: ", ", sort: true}}}}]}}
    - {{name: meal, label: Meal money, type: number, from: custom.allowances, {MEAL}}}
    - {{name: code, label: First code, from: custom.allowances.0.code}}
    - {{name: shirt, label: Shirt, template: "{{custom.shirt}}[ ({{custom.uniform}})]"}}
"""


def read(**shown: Any) -> Employee:
    return EmployeeReader(loaded(HR)).read({"id": 1, "family": "Quill"} | shown)


def prepared(employee: Employee, fields: str = FIELDS) -> Prepared:
    return EmployeePreparer(loaded(TARGET + fields), SideSettings()).prepare("1", employee)


FULL: Mapping[str, Any] = {
    "extras": {"uniform": 2},
    "badge": "B-778812",
    "licence": {"until": "2027-03-01"},
    "rate": "31.50",
    "driver": "true",
    "tags": ["vip", None, "early"],
    "pay": {
        "allowances": [
            {"code": "car", "each": {"amount": 8}},
            {"code": "MEAL", "each": {"amount": "12.30"}},
            {},
        ]
    },
    "fields": [{"key": "Hat", "value": "L"}, {"key": "shirt", "value": "XL"}],
}


def test_custom_values_are_read_as_declared() -> None:
    assert read(**FULL).custom == {
        "uniform": "M",
        "badge": "B-778812",
        "licence": date(2027, 3, 1),
        "rate": Decimal("31.5"),
        "driver": True,
        "tags": ("vip", "early"),
        "allowances": ({"code": "car", "amount": Decimal(8)}, {"code": "MEAL", "amount": Decimal("12.3")}),
        "shirt": "XL",
    }


def test_they_arrive_in_the_fields_of_a_target() -> None:
    made = prepared(read(**FULL))
    assert not made.problems and not made.warnings
    assert dict(made.values) == {
        "family": "Quill",
        "uniform": "M",
        "badge": "B-778812",
        "until": date(2027, 3, 1),
        "rate": Decimal("31.5"),
        "driver": True,
        "tags": "early, vip",
        "meal": Decimal("12.3"),
        "code": "car",
        "shirt": "XL (M)",
    }


def test_a_blank_value_clears_and_one_that_was_left_out_does_not() -> None:
    absent, blank = read(extras={}), read(extras={"uniform": " "})
    assert "uniform" not in absent.custom and blank.custom["uniform"] is None
    assert "uniform" not in prepared(absent).values
    assert prepared(blank).values["uniform"] is None
    elsewhere = Employee("Jo", "Quill", unread=frozenset({"custom"}))
    assert "uniform" not in prepared(elsewhere).values, "a source without custom fields"


def test_left_out_is_blank_where_the_file_says_so() -> None:
    assert read(fields=[]).custom == {"shirt": None}
    assert read(fields=None).custom == {"shirt": None}
    assert read(tags=None, pay={"allowances": []}).custom == {"tags": (), "allowances": (), "shirt": None}


def test_a_hidden_value_of_a_sensitive_field_is_not_sent() -> None:
    assert "badge" not in prepared(read(badge="###-812")).values
    field = '    - {name: both, label: Both, template: "{surname} {custom.badge}", sensitive: true}\n'
    assert prepared(read(badge="B-778812"), field).values["both"] == "Quill B-778812"
    assert "both" not in prepared(read(badge="***812"), field).values


@pytest.mark.parametrize(
    ("shown", "label"),
    [
        ({"licence": {"until": "soon"}}, "Licence ends"),
        ({"rate": "1e999999"}, "Own rate"),
        ({"rate": [1]}, "Own rate"),
        ({"driver": "perhaps"}, "Drives"),
        ({"tags": "vip"}, "Tags"),
        ({"pay": {"allowances": ["car"]}}, "Allowances"),
        ({"fields": {"key": "shirt"}}, "Shirt"),
    ],
)
def test_a_value_of_another_form_is_named_by_its_label(shown: dict[str, Any], label: str) -> None:
    with pytest.raises(UnreadableError, match=label):
        read(**shown)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (
            "from: custom.badge",
            "`custom.badge` is sensitive, and the field `x` is not. Write `sensitive: true` there",
        ),
        (
            "from: [{at: custom.badge, map: {a: b}}], sensitive: true",
            "`custom.badge` is sensitive: a value map would",
        ),
        (
            "from: custom.badge, map: {a: b}, sensitive: true",
            "`custom.badge` is sensitive: a value map would show",
        ),
        ('template: "{first_name} {custom.badge}"', "`custom.badge` is sensitive, and the field `x` is not."),
        ("from: custom.allowances", "`custom.allowances` is a list. Add the step `item` or `join`"),
        ("from: custom.tags", "`custom.tags` is a list. Add the step `item` or `join`"),
        (
            "from: custom.allowances, steps: [{item: {of: size}}]",
            "An entry of the list has no `size`. It has: amount, c",
        ),
        (
            "from: custom.allowances, steps: [{join: {with: x}}]",
            "`join` needs `of`: which value of an entry is meant.",
        ),
        (
            "from: custom.uniform, steps: [{join: {with: x}}]",
            "`join` takes a list, and here is a text. Remove it.",
        ),
        ('template: "{custom.driver}"', "`custom.driver` is yes or no, which is no text."),
        ('template: "{custom.tags}"', "`custom.tags` is a list, which is no text. Name one entry"),
    ],
)
def test_a_field_that_cannot_take_it_is_refused_for_this_source(field: str, sentence: str) -> None:
    source = make_connector(loaded(HR)).source_fields
    target = loaded(f"{TARGET}    - {{name: x, label: Field X, {field}}}\n")
    assert [each.startswith(f"Field X: {sentence}") for each in misfits(target, source)] == [True]
    assert not misfits(target, make_connector(loaded(STAFF)).source_fields), "another source may not have it"


def test_a_file_that_fits_has_no_faults() -> None:
    assert not misfits(loaded(TARGET + FIELDS), make_connector(loaded(HR)).source_fields)


@pytest.mark.parametrize(
    ("custom", "sentence"),
    [
        ("x: {at: y}", "`label` is missing in `x`. Write for example `label: Uniform size`."),
        (
            "x: {label: X, at: y, values: {a: b}}",
            "`values` are those of a list's entries. Write `list: true`",
        ),
        (
            "x: {label: X, at: y, where: {a: b}}",
            "`where` says which entry is meant and `value` what is taken",
        ),
        (
            "x: {label: X, at: y, list: true, where: {a: b}, value: c}",
            "`where` takes one entry, and `list` takes all.",
        ),
        ("x: {label: X, at: y, list: true, values: {a: b}, map: {c: d}}", "The entries have several values."),
        (
            "x: {label: X, at: y, sensitive: true, map: {c: d}}",
            "The field is sensitive: a value map would show",
        ),
        ("x: {label: X, at: y, type: words}", "`type` cannot be used: write one of `text`, `date`"),
        ("x: {label: X, at: y, lsit: true}", "`lsit` is not known here. Did you mean `list`?"),
        ("X-1: {label: X, at: y}", "`X-1` cannot be used: it has small letters, digits and _ only"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, custom: str, sentence: str) -> None:
    [message] = refused(tmp_path, f"{STAFF}  custom:\n    {custom}\n".replace("kind: staff", "kind: acme"))
    assert sentence in message


def test_a_custom_field_is_declared_in_its_own_section(tmp_path: Path) -> None:
    text = STAFF.replace("  employee:\n", "  employee:\n    custom.size: size\n").replace(
        "kind: staff", "kind: acme"
    )
    [message] = refused(tmp_path, text)
    assert "A field of the system's own is declared under `custom`. Write `size` there." in message


@pytest.mark.parametrize(
    "path", ["custom", "custom.", "custom.Size", "custom.a.b", "custom.a.0.b.c", "custom.a.0.B"]
)
def test_a_place_that_can_be_none_is_refused(tmp_path: Path, path: str) -> None:
    text = f"{TARGET}    - {{name: x, label: X, from: {path!r}}}\n".replace("kind: payroll", "kind: acme")
    assert refused(tmp_path, text)


MORE = """\
    pay_rate: {at: pay.rate}
    pay_rate_unit: pay.unit
    hours_per_week: hours
    work_rights_end: visa
    cost_centre: centre
    leave_balances: {each: leave, values: {type: kind, balance: left, unit: unit}}
    emergency_contacts.0.name: kin.name
    emergency_contacts.0.mobile: kin.mobile
"""


def test_the_fields_that_payroll_and_rosters_need_are_read() -> None:
    system = loaded(STAFF.rstrip("\n") + "\n" + MORE)
    employee = EmployeeReader(system).read(
        {
            "id": 1,
            "family": "Quill",
            "pay": {"rate": 1234.5, "unit": "Hourly"},
            "hours": "37.50",
            "visa": "2027-01-31",
            "centre": 100,
            "leave": [{"kind": "Annual", "left": 12.25, "unit": "Hours"}, {"kind": "Sick"}],
            "kin": {"name": "Jo", "mobile": "0411 222 333"},
        }
    )
    assert (employee.pay_rate, employee.pay_rate_unit) == (Decimal("1234.5"), "Hourly")
    assert (employee.hours_per_week, employee.work_rights_end) == (Decimal("37.5"), date(2027, 1, 31))
    assert employee.cost_centre == "100"
    assert employee.leave_balances == (LeaveBalance("Annual", Decimal("12.25"), "Hours"),)
    assert employee.emergency_contacts == (EmergencyContact("Jo", mobile="0411 222 333"),)
    assert {"department", "manager", "custom"} <= employee.unread
    assert not {"pay_rate", "cost_centre"} & employee.unread


def test_a_rate_of_pay_that_was_not_shown_is_unknown(tmp_path: Path) -> None:
    system = loaded(STAFF.rstrip("\n") + "\n" + MORE)
    assert "pay_rate" in EmployeeReader(system).read({"id": 1, "family": "Quill", "pay": {}}).unread
    text = f"{TARGET}    - {{name: x, label: X, type: number, from: pay_rate}}\n".replace(
        "kind: payroll", "kind: acme"
    )
    [message] = refused(tmp_path, text)
    assert "`pay_rate` is sensitive, and the field `x` is not." in message


def faults(source: str, *changes: dict[str, Any]) -> list[str]:
    places = EmployeePlaces(make_connector(loaded(source)).source_fields)
    written = [FieldChange.model_validate({"name": "family"} | change) for change in changes]
    return [message for _, message in check_changes(loaded(TARGET), written, places)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"from": "custom.uniforn"}, "The source has no `custom.uniforn`. Did you mean `custom.uniform`?"),
        (
            {"from": ["surname", "custom.zzz"]},
            "The source has no `custom.zzz`. Its custom fields are: `custom.uniform`,",
        ),
        ({"template": "{custom.zzz}"}, "The source has no `custom.zzz`."),
        ({"from": "custom.tags.0.code"}, "The source has no `custom.tags.0.code`."),
        ({"from": "custom.allowances.0"}, "The source has no `custom.allowances.0`."),
        ({"from": "custom.uniform.0"}, "The source has no `custom.uniform.0`."),
        ({"when": {"at": "custom.zzz", "is": ["x"]}}, "An employee has no `custom.zzz`."),
        (
            {"when": {"at": "custom.badge", "is": ["x"]}},
            "Badge number is sensitive, so it can only be asked whether",
        ),
        (
            {"when": {"at": "custom.rate", "starts_with": ["x"]}},
            "`starts_with` cannot be used with Own rate, which is a",
        ),
        ({"from": "custom.badge"}, "`custom.badge` is sensitive, and the field `family` is not."),
        ({"from": "custom.tags"}, "`custom.tags` is a list."),
    ],
)
def test_a_mapping_takes_only_what_its_source_declares(change: dict[str, Any], sentence: str) -> None:
    found = faults(HR, change)
    assert found and found[0].startswith(sentence)


def test_a_mapping_may_take_everything_that_its_source_declares() -> None:
    assert not faults(HR, {"from": ["custom.uniform", "custom.tags.0", "custom.allowances.0.code"]})
    assert not faults(HR, {"from": "surname", "when": {"at": "custom.badge", "there": True}})
    [sentence] = faults(STAFF, {"from": "custom.uniform"})
    assert sentence == "The source has no `custom.uniform`. It has no custom fields."
