"""The catalogue of a source's fields has what the source reads, and never a value of a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors import registry
from connectors.contract.employee import SENSITIVE
from connectors.contract.errors import ConfigError
from connectors.contract.fields import FieldType
from connectors.contract.locality import Locality
from connectors.contract.source_fields import STANDARD, first_entries, label_of
from connectors.enablehr.employees import Payroll, translate_employee
from connectors.rest import paths
from connectors.rest.loader import make_connector
from tests.connectors.described import described
from tests.connectors.rest.test_custom_fields import HR
from tests.connectors.rest.test_values import loaded

TYPES = {str: "text email phone", int: "number", Decimal: "number", date: "date", bool: "boolean"}
SINGLE = [field for field in first_entries(STANDARD) if not field.is_list]


def test_it_has_every_value_of_an_employee_with_its_type() -> None:
    assert sorted(field.path for field in SINGLE) == sorted(paths.employee_paths())
    for field in SINGLE:
        kind = str if field.path == "source_id" else paths.employee_value_type(field.path)
        assert field.type in TYPES[kind].split(), field.path
        assert field.sensitive is paths.is_sensitive(field.path), field.path
        assert label_of(field.path) == field.label
    assert {".".join(name for name in field.path.split(".") if name != "0") for field in SINGLE} >= SENSITIVE


def test_an_example_shows_a_form_and_no_number_of_anybody() -> None:
    for field in SINGLE:
        if field.sensitive and field.type is FieldType.TEXT:
            assert "x" in field.example and not any(map(str.isdigit, field.example)), field.path


def test_a_described_source_offers_what_its_file_reads() -> None:
    by_path = {field.path: field for field in first_entries(make_connector(loaded(HR)).source_fields)}
    assert {"source_id", "surname", "bank_accounts", "bank_accounts.0.number"} <= by_path.keys()
    assert not {"pay_rate", "nz_tax.ird", "bank_accounts.0.order"} & by_path.keys()
    assert (by_path["custom.badge"].label, by_path["custom.badge"].sensitive) == ("Badge number", True)
    assert by_path["custom.licence"].type is FieldType.DATE
    assert [entry.path for entry in by_path["custom.allowances"].entries] == ["code", "amount"]
    assert by_path["custom.allowances.0.amount"].type is FieldType.NUMBER
    assert by_path["custom.allowances.0.amount"].label == "Allowances, entry 1: Amount"
    assert by_path["custom.tags.0"].label == "Tags, entry 1"


def test_enablehr_offers_what_its_interface_has() -> None:
    offered = {field.path for field in registry.source_fields("enablehr")}
    assert {"au_tax.tfn", "bank_accounts.0.bsb", "custom.nickname", "custom.linked_branches.0"} <= offered
    assert not {"pay_rate", "cost_centre", "leave_balances", "emergency_contacts.0.name"} & offered
    locality = Locality(ZoneInfo("Australia/Brisbane"), date(2026, 11, 30), "AU")
    detail = {
        "firstName": "Jo",
        "surname": "Lee",
        "nickname": "",
        "linkedBranches": [{"id": "2", "name": "Bar"}, {}],
    }
    tax = {"au": {"eligibleToReceiveLeaveLoading": True}}
    employee = translate_employee(detail, Payroll(tax=tax), locality)
    assert employee.custom == {"nickname": None, "linked_branches": ("Bar",), "leave_loading": True}
    assert {"pay_rate", "cost_centre", "bank_accounts", "super_funds"} <= employee.unread
    assert not {"au_tax", "custom"} & employee.unread
    assert "leave_loading" not in translate_employee(detail, Payroll(), locality).custom, (
        "the tax was not read"
    )


@pytest.mark.parametrize(
    ("kind", "name", "filled"),
    [
        ("keypay", "emailAddress", "E-mail, else Work e-mail"),
        ("keypay", "paySchedule", "the setting Pay schedule of new employees; for new employees only"),
        ("keypay", "middleName", "Middle name; cleared if blank"),
        ("keypay", "gender", "Gender; by a value map of 2"),
        ("ipayroll", "taxNumber", "by iHUB's own rules for iPayroll"),
        ("ipayroll", "finishDate", "never sent, only read"),
        ("ipayroll", "address.city", "State; only if Country is New Zealand"),
        ("ipayroll", "address.state", "State; only if Country is not New Zealand"),
        (
            "ipayroll",
            "employeeId",
            "Employee number or Id in the HR system, by the setting Employee ID; for new employees only",
        ),
        (
            "keypay",
            "bankAccount1_AllocatedPercentage",
            "always 100; only if Bank accounts, entry 1: Account number has a value; for new employees only",
        ),
    ],
)
def test_where_a_field_is_filled_from_in_words(kind: str, name: str, filled: str) -> None:
    field = next(each for each in registry.target_fields(kind) if each.name == name)
    assert field.filled == filled
    written = described(kind).fields_by_name[name]
    assert (field.label, field.required, field.sensitive, field.max_length) == (
        written.label,
        written.required,
        written.sensitive,
        written.max_length,
    )


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(ConfigError, match="There is no connector 'none'"):
        registry.source_fields("none")
    with pytest.raises(ConfigError, match="There is no connector 'none'"):
        registry.target_fields("none")
