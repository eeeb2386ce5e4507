"""What a described target does without its system: translate employees, also as a connection maps them otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.capabilities import StepValues, Translator
from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.errors import ConfigError
from connectors.contract.fields import Field
from connectors.contract.records import Prepared
from connectors.contract.source_fields import SourceField
from connectors.rest.checks.changes import find_shown_secrets, parse_changes
from connectors.rest.description.system import System
from connectors.rest.employee_places import ANY, EmployeePlaces
from connectors.rest.translation.compile import CompiledSystem, CompiledTarget, compile_system
from connectors.rest.translation.shaped_fields import compile_step_traces


class MappedTarget:
    """A described target whose fields a connection can fill otherwise than its file says."""

    def __init__(self, system: System, settings: SideSettings) -> None:
        """Take the system as its file describes it, and the settings of its side."""
        self._file, self._settings = system, settings
        # What the source has; nothing is known until it is said.
        self._places = ANY
        self._use(compile_system(system, settings))

    def _use(self, compiled: CompiledSystem) -> None:
        self._compiled, self._system = compiled, compiled.system
        self.fields: Sequence[Field] = self._system.fields
        self._translation = require_target(compiled)

    def use_source_fields(self, source_fields: Sequence[SourceField]) -> None:
        """Take what the source has. Raises ConfigError where the file would show what the source calls sensitive."""
        self._places = EmployeePlaces(source_fields)
        if faults := find_shown_secrets(self._file, self._places):
            raise ConfigError(f"The file of {self._file.name} does not fit the source: {' '.join(faults)}")

    def use_field_changes(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Translate employees with these changes to the fields. Raises ConfigError where they do not fit the file."""
        self._use(self._compile(changes))

    def translator(self, changes: Sequence[Mapping[str, Any]]) -> Translator:
        """Return what translates employees with other changes. Raises ConfigError where they do not fit the file."""
        return require_target(self._compile(changes)).prepare

    def step_values(self, changes: Sequence[Mapping[str, Any]]) -> StepValues:
        """Return what says the values after each step with other changes. Raises ConfigError as ``translator`` does."""
        return compile_step_traces(self._compile(changes).system, self._settings)

    def fields_with(self, changes: Sequence[Mapping[str, Any]]) -> Sequence[Field]:
        """Return the fields with other changes. Raises ConfigError where they do not fit the file."""
        return self._compile(changes).system.fields

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee into the target's fields."""
        return self._translation.prepare(source_id, employee)

    def _compile(self, changes: Sequence[Mapping[str, Any]]) -> CompiledSystem:
        return compile_system(self._file, self._settings, parse_changes(self._file, changes, self._places))


def require_target(compiled: CompiledSystem) -> CompiledTarget:
    """Return a described system as a target. Raises LookupError when it is none."""
    if compiled.target is None:
        raise LookupError(f"{compiled.system.name} is not a target.")
    return compiled.target
