"""Prepare once, when a described system is opened, all that its file says about each employee.

Per employee nothing is looked up by name, parsed or asked of a type any more: paths, value maps, conditions and formats
are functions by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.records import Prepared, TargetRecord
from connectors.rest.description.field_change import FieldChange, change_system
from connectors.rest.description.system import System
from connectors.rest.translation.from_source import EmployeeReader
from connectors.rest.translation.target_records import RecordReader
from connectors.rest.translation.to_target import EmployeePreparer

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CompiledTarget:
    """A described target, ready to translate employees and to read its records."""

    prepare: Callable[[str, Employee], Prepared]
    read_record: Callable[[Json], TargetRecord | None]


@dataclass(frozen=True, slots=True)
class CompiledSystem:
    """A described system, ready to read employees as a source and to translate them as a target."""

    system: System
    # Raises UnreadableError where an employee of a response has a value that cannot be read.
    read_employee: Callable[[Json], Employee] | None
    target: CompiledTarget | None


def compile_system(
    system: System, settings: SideSettings, changes: Sequence[FieldChange] = ()
) -> CompiledSystem:
    """Prepare a system for one side of a connection, with its settings and what the connection maps otherwise."""
    system = change_system(system, changes)
    source = EmployeeReader(system).read if system.description.source is not None else None
    target = None
    if system.description.target is not None:
        target = CompiledTarget(EmployeePreparer(system, settings).prepare, RecordReader(system).read)
    return CompiledSystem(system, source, target)
