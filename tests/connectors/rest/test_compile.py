"""A described system is prepared once; translating an employee then looks nothing up in its file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Address, Employee
from connectors.rest import paths
from connectors.rest.description.roles import SourceValue
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField
from connectors.rest.translation.compile import MappingChanges, compile_system
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


def test_what_a_connection_maps_otherwise_goes_before_the_file() -> None:
    system = loaded(STAFF)
    changes = MappingChanges(
        source={"email": "private", "position": SourceValue(at="role", map={"1": "Chef"})}
    )
    read = compile_system(system, system.form.model_validate({}), changes).read_employee
    assert read is not None
    employee = read({"id": 1, "family": "Quill", "mail": "a@b.co", "private": "p@b.co", "role": 1})
    assert (employee.surname, employee.email, employee.position) == ("Quill", "p@b.co", "Chef")

    field = described("ipayroll").fields_by_name["surname"]
    changed = field.model_copy(update={"origin": ("preferred_name", "surname")})
    added = TargetField(name="costCentre", label="Cost centre", value="42")
    compiled = compile_system(
        described("ipayroll"),
        settings_of("ipayroll"),
        MappingChanges(target={"surname": changed, "costCentre": added}),
    )
    assert compiled.target is not None
    values = compiled.target.prepare("7", PERSON).values
    assert (values["surname"], values["costCentre"]) == ("Quill", "42")
    assert [each.name for each in compiled.system.fields][-1] == "costCentre"


def test_what_a_connection_maps_otherwise_may_have_steps() -> None:
    """The models of a file's fields are those of a connection's own changes."""
    field = {
        "name": "surname",
        "label": "Surname",
        "template": "{surname}[-{title}]",
        "steps": [{"case": "upper"}],
    }
    changes = MappingChanges(target={"surname": TargetField.model_validate(field)})
    compiled = compile_system(described("ipayroll"), settings_of("ipayroll"), changes)
    assert compiled.target is not None
    assert compiled.target.prepare("7", PERSON).values["surname"] == "QUILL"


def test_a_system_is_prepared_for_the_roles_that_it_has() -> None:
    system = loaded(STAFF)
    assert compile_system(system, SideSettings.model_construct()).target is None
    assert compile_system(described("ipayroll"), settings_of("ipayroll")).read_employee is None
