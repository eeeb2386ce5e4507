"""Say of each required field without a value where it comes from and who has to act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.records import Reason
from connectors.mapping.templates import Template
from connectors.rest.description.system import System, origin_path
from connectors.rest.description.target_field import TargetField, list_origins
from connectors.rest.translation.conditions import compile_judge
from connectors.rest.translation.draft import Draft
from connectors.rest.translation.remedies import setting_title

_ACCESS = "Give the person who connected the HR system the right to read it, or enter it there and run the job again."


@dataclass(frozen=True, slots=True)
class _FieldOrigin:
    """Where a required field comes from."""

    # The title of the setting that fills it.
    setting: str | None
    # The attributes of an employee that fill it; none where a mapping or a hook gives the value.
    attributes: frozenset[str]
    by_hook: bool
    # Says whether its conditions let it be filled at all.
    applies: Callable[[Employee, str], bool]


class MissingFields:
    """Finds the required fields of one target that have no value."""

    def __init__(self, system: System, settings: SideSettings) -> None:
        """Take a system that is a target, and the settings of its side."""
        self._system_name = system.name
        self._origins = {
            field.name: _origin_of(system, settings, field)
            for field in system.target.fields
            if field.required
        }

    def stop(self, draft: Draft, employee: Employee, source_id: str) -> None:
        """Add a problem for each required field without a value, unless there is one already."""
        values = draft.values
        for name in self._origins:
            if values.get(name) is None and not draft.has_problem(name):
                draft.stop(name, *self._describe(draft, name, employee, source_id))

    def _describe(self, draft: Draft, name: str, employee: Employee, source_id: str) -> tuple[Reason, str]:
        origin = self._origins[name]
        label, needs = draft.label(name), f"and {self._system_name} needs it."
        mapping = "An Account Admin has to change how this field is filled in the connection's mapping."
        if origin.setting is not None:
            return Reason.NOT_CONFIGURED, (
                f"{label} comes from the setting {origin.setting} of {self._system_name}, which has no value that can "
                f"be sent, {needs} An Account Admin has to enter it under Connections; then run the job again."
            )
        if draft.is_unread(name):
            return Reason.MISSING_FIELD, f"{label} was not read {needs} {_ACCESS}"
        if not origin.applies(employee, source_id):
            return Reason.NOT_CONFIGURED, (
                f"{label} is filled under conditions which this employee does not meet, {needs} {mapping}"
            )
        if not origin.attributes and not origin.by_hook:
            return (
                Reason.NOT_CONFIGURED,
                f"{label} gets no value that can be sent from the mapping {needs} {mapping}",
            )
        if origin.attributes and origin.attributes <= employee.not_offered:
            return Reason.NOT_CONFIGURED, (
                f"{label} is nothing that iHUB can read from the HR system, {needs} An Account Admin has to fill it in "
                "another way in the connection's mapping, for example with a fixed value."
            )
        return (
            Reason.MISSING_FIELD,
            f"{label} is missing {needs} Enter it in the HR system and run the job again.",
        )


def _origin_of(system: System, settings: SideSettings, field: TargetField) -> _FieldOrigin:
    places = list(map(origin_path, field.all_origins))
    if field.from_setting is not None:
        places.append(str(getattr(settings, field.from_setting)))
    for _, way in field.ways_by_place:
        places += Template(way.template).places if way.template is not None else ()
        places += map(origin_path, list_origins(way.origin))
    return _FieldOrigin(
        setting_title(system, field),
        frozenset(path.partition(".")[0] for path in places),
        not field.filled and system.hook is not None,
        _compile_applies(field),
    )


def _compile_applies(field: TargetField) -> Callable[[Employee, str], bool]:
    own = None if field.when is None else compile_judge(field.when)
    has_rest = field.otherwise_filled is not None or (
        field.choice is not None and field.choice.otherwise is not None
    )
    cases = [
        compile_judge(case.when) for case in (field.cases or (field.choice.cases if field.choice else ()))
    ]

    def applies(employee: Employee, source_id: str) -> bool:
        if own is not None and own(employee, source_id) is False:
            return False
        return not cases or has_rest or any(judge(employee, source_id) is not False for judge in cases)

    return applies
