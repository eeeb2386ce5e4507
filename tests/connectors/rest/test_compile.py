"""A described system is prepared once; translating an employee then looks nothing up in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Address, Employee
from connectors.rest import paths
from connectors.rest.description.field_change import FieldChange
from connectors.rest.description.system import System
from connectors.rest.translation.compile import CompiledSystem, compile_system
from tests.connectors.described import described, settings_of
from tests.connectors.rest.test_values import STAFF, loaded

PERSON = Employee("Kai", "Quill", email="Kai@Example.com", address=Address(line1="1 Quay", suburb="Newstead"))
NESTED: dict[str, Any] = {
    "a": {"b": {"c": 1}, "empty": None},
    "@odata.next": "2",
    "list": [{"x": 3}],
    "x.y": {"z": 4},
}


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a.b.c",
        "a.empty",
        "a.empty.c",
        "a.gone",
        "gone.b",
        "@odata.next",
        "list.0.x",
        "list.1.x",
        "x.y.z",
    ],
)
def test_a_compiled_path_leads_to_the_same_value(path: str) -> None:
    missing = object()
    assert paths.compile_path(path)(NESTED) == paths.value_at(NESTED, path)
    assert paths.compile_path(path, missing)(NESTED) == paths.value_at(NESTED, path, missing)


def forget_the_file(system: System) -> None:
    object.__setattr__(system, "description", None)


def test_nothing_is_looked_up_in_the_file_for_an_employee(monkeypatch: pytest.MonkeyPatch) -> None:
    staff, payroll = replace(loaded(STAFF)), replace(described("ipayroll"))
    source = compile_system(staff, staff.form.model_validate({}))
    target = compile_system(payroll, settings_of("ipayroll")).target
    forget_the_file(staff)
    forget_the_file(payroll)
    monkeypatch.setattr(paths, "attribute_type", None)
    assert source.read_employee is not None and target is not None
    employee = source.read_employee(
        {"id": 1, "family": "Quill", "mail": "a@b.co", "accounts": [{"number": 7}]}
    )
    assert (employee.surname, employee.bank_accounts[0].number) == ("Quill", "7")
    assert target.prepare("7", PERSON).values["email"] == "kai@example.com"
    record = target.read_record({"employeeId": 5, "surname": "Quill", "email": "KAI@example.com"})
    assert record is not None and record.values["email"] == "kai@example.com"


def changed(*changes: dict[str, Any], kind: str = "ipayroll") -> CompiledSystem:
    given = [FieldChange.model_validate(change) for change in changes]
    return compile_system(described(kind), settings_of(kind), given)


def values_of(employee: Employee, *changes: dict[str, Any]) -> Mapping[str, Any]:
    compiled = changed(*changes).target
    assert compiled is not None
    return compiled.prepare("7", employee).values


def test_what_a_connection_maps_otherwise_goes_before_the_file() -> None:
    values = values_of(
        PERSON,
        {"name": "surname", "template": "{surname}[-{title}]", "steps": [{"case": "upper"}]},
        {"name": "title", "value": "Dr"},
        {"name": "preferredName", "from": ["preferred_name", "first_name"]},
    )
    assert (values["surname"], values["title"], values["preferredName"]) == ("QUILL", "Dr", "Kai")


def test_a_system_is_prepared_for_the_roles_that_it_has() -> None:
    system = loaded(STAFF)
    assert compile_system(system, SideSettings.model_construct()).target is None
    assert compile_system(described("ipayroll"), settings_of("ipayroll")).read_employee is None
