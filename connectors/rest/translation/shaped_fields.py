"""Fill a field whose value is shaped on the way: by steps, a template, a value map and a default.

The order is: the way to fill, the steps, the map, the default, the form of the field. Of several sources the first one
counts whose value survives all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.contract.fields import FieldType, Value
from connectors.contract.records import Reason, Warn
from connectors.mapping.base import UNKNOWN, Failure, Unknown, is_blank
from connectors.mapping.pipeline import Pipeline, StepMessage
from connectors.rest.description.system import System, compile_map
from connectors.rest.description.target_field import TargetField
from connectors.rest.translation.draft import Draft
from connectors.rest.translation.field_readers import (
    BAD,
    add_bad,
    compile_reader,
    employee_country,
)
from connectors.rest.translation.remedies import comes_from_hr, correct, reason_of
from connectors.rest.translation.shaped_sources import (
    MASKED,
    NoValue,
    Selector,
    UnmappedValue,
    compile_sources,
)
from connectors.rest.translation.unmapped_values import compile_name

_NOT_OF_TYPE = {
    FieldType.DATE: "is not a date",
    FieldType.NUMBER: "is not a number",
    FieldType.BOOLEAN: "is not yes or no",
    FieldType.EMAIL: "is not an e-mail address",
    FieldType.PHONE: "is not a phone number",
    FieldType.TEXT: "is not in the form that the field needs",
}
_MASKED_VALUE = StepMessage("the value", "is hidden in the HR system")
_UNMAPPED = StepMessage("the value map", "does not have this value")
_CLEARS = StepMessage("the value", "is the text with which the target clears a field")


@dataclass(frozen=True, slots=True)
class _SourceProblem:
    """Why a source of a field has no value that can be sent."""

    reason: Reason
    said: StepMessage
    is_masked: bool = False
    # Whether the file's own message for such values fits.
    is_of_value: bool = True


@dataclass(slots=True)
class _FieldResult:
    """What was made of one source: a value, None for blank, or problem. Nothing changes it."""

    value: Value = None
    problem: _SourceProblem | None = None
    remarks: tuple[StepMessage, ...] = ()
    # The value that the map does not have, where that is the problem.
    unmapped: Any = None


def compile_filler(
    system: System, settings: SideSettings, field: TargetField
) -> Callable[[Draft, Employee, str], None]:
    """Return what fills one field."""
    select = compile_sources(settings, field)
    return (
        _ShapedFiller(system, field, select).fill
        if select is not None
        else lambda _draft, _employee, _source_id: None
    )


def compile_step_traces(
    system: System, settings: SideSettings
) -> Mapping[str, Callable[[Employee, str], Sequence[tuple[str, Any]]]]:
    """Return, for each field with steps, what says the value of an employee after each of them (``Pipeline.trace``)."""
    return {
        field.name: _ShapedFiller(system, field, select).trace
        for field in system.target.fields
        if field.steps and (select := compile_sources(settings, field)) is not None
    }


class _ShapedFiller:
    """Fills one field; everything about it is prepared once."""

    def __init__(self, system: System, field: TargetField, select: Selector) -> None:
        self._field, self._select = field, select
        self._system_name, self._region = system.name, system.locality.region
        advice = (
            ", or ask an administrator to change how this field is filled" if comes_from_hr(field) else ""
        )
        self._remedy = f"{correct(system, field)}{advice}."
        self._pipeline = Pipeline(field.steps or (), system.locality.time_zone)
        self._look_up = compile_map(field.map) if field.map is not None else None
        self._unmapped = field.unmapped or "problem"
        self._read = compile_reader(system, field)
        self._name_unmapped = compile_name(field)
        clear_with = system.target.clear_with
        self._clear_with = str(clear_with).casefold() if clear_with else None

    def fill(self, draft: Draft, employee: Employee, source_id: str) -> None:
        """Fill the field from the first source whose value can be sent."""
        field, problem = self._field, None
        getters = self._select(employee, source_id)
        is_unknown = getters is None
        for get in getters or ():
            made = self._make_noted(draft, get(employee, source_id), employee)
            if made.value is not None:
                draft.put(field.name, made.value)
                for remark in made.remarks:
                    message = f"{draft.label(field.name)}: the value in {remark.by} {remark.text}."
                    draft.add_warning(Warn("CHECK_VALUE", message, field.name))
                if problem is not None:
                    self._report(draft, problem, is_replaced=True)
                return
            is_unknown = is_unknown or made is _NOT_KNOWN
            problem = problem or made.problem
        if problem is not None:
            draft.put_unusable(field.name)
            self._report(draft, problem, is_replaced=False)
        elif is_unknown:
            if employee.refused or getters is None:
                draft.put_unread(field.name)
        elif field.default is not None:
            draft.put(field.name, self._read(field.default, employee))
            if field.default_only_on_create:
                draft.only_on_create(field.name)
        else:
            draft.put_blank(field.name)

    def trace(self, employee: Employee, source_id: str) -> Sequence[tuple[str, Any]]:
        """Return what each step makes of the value that is sent, or of the first one where none can be."""
        values = [get(employee, source_id) for get in self._select(employee, source_id) or ()]
        usable = (value for value in values if self._make(value, employee).value is not None)
        value = next(usable, values[0] if values else None)
        if value is None or isinstance(value, _NO_VALUES):
            return ()
        return self._pipeline.trace(value, employee_country(employee, self._region))

    def _make_noted(self, draft: Draft, value: Any, employee: Employee) -> _FieldResult:
        """Do the same as ``_make``, and note a value that is not mapped."""
        made = self._make(value, employee)
        if made.unmapped is not None:
            draft.put_unmapped(self._field.name, self._name_unmapped(made.unmapped))
        return made

    def _make(self, value: Any, employee: Employee) -> _FieldResult:
        """Return what steps, map and reader make of a value."""
        if type(value) is not str and (value is None or isinstance(value, _NO_VALUES)):
            return _without_value(value)
        needs_country = self._pipeline.needs_country
        shaped = self._pipeline.run(
            value, employee_country(employee, self._region) if needs_country else None
        )
        if shaped.problem is not None:
            return _failed(shaped.problem)
        mapped = self._map(shaped.value)
        if mapped is None:
            return _BLANK if shaped.value is None else _not_mapped(shaped.value)
        return _BLANK if is_blank(mapped) else self._send(mapped, employee, shaped.remarks)

    def _map(self, value: Any) -> Any:
        """Return the value of the map; None for blank, and where the map has none and that is a problem."""
        if value is None or self._look_up is None or (mapped := self._look_up(value)) is None:
            keeps = self._look_up is None or self._unmapped == "keep"
            return value if keeps else self._field.default if self._unmapped == "default" else None
        return mapped

    def _send(self, value: Any, employee: Employee, remarks: tuple[StepMessage, ...]) -> _FieldResult:
        sent = self._read(value, employee)
        if sent is None:
            said = StepMessage("the value", _NOT_OF_TYPE[self._field.type])
            return _FieldResult(problem=_SourceProblem(Reason.BAD_FORMAT, said))
        if self._clear_with is not None and str(sent).strip().casefold() == self._clear_with:
            return _failed(_CLEARS)
        return _FieldResult(sent, None, remarks)

    def _report(self, draft: Draft, problem: _SourceProblem, *, is_replaced: bool) -> None:
        """Say why a source was not used: a problem where the field is required and has no other value."""
        field, label, said = self._field, draft.label(self._field.name), problem.said
        own = field.bad if problem.is_of_value else None
        if problem.is_masked and field.masked is not None:
            own = field.masked
        if own is not None and (is_replaced or not field.required or own.stops is not None):
            draft.add_message(field.name, own)
        elif is_replaced:
            message = f"The first choice for {label} was not used: {said.by} {said.text}. {self._remedy}"
            draft.add_warning(Warn(problem.reason, message, field.name))
        elif field.required:
            message = f"{label} cannot be sent and {self._system_name} needs it: {said.by} {said.text}. {self._remedy}"
            draft.stop(field.name, reason_of(field, problem.reason), message)
        elif problem.is_of_value and field.type in BAD and problem.reason is Reason.BAD_FORMAT:
            add_bad(draft, field)
        else:
            message = f"{label} was not sent: {said.by} {said.text}. {self._remedy}"
            draft.add_warning(Warn(problem.reason, message, field.name))


def _without_value(value: Unknown | NoValue | UnmappedValue | Failure | None) -> _FieldResult:
    """Return what is made of something in place of a value."""
    if isinstance(value, UnmappedValue):
        return _not_mapped(value.value)
    if isinstance(value, Failure):
        return _failed(StepMessage("the template", value.reason))
    return _NOTHING[value]


def _failed(said: StepMessage) -> _FieldResult:
    return _FieldResult(problem=_SourceProblem(Reason.BAD_FORMAT, said, is_of_value=False))


def _not_mapped(value: object) -> _FieldResult:
    return _FieldResult(problem=_SourceProblem(Reason.NO_VALUE_MAP, _UNMAPPED), unmapped=value)


_NO_VALUES = (Unknown, NoValue, UnmappedValue, Failure)
_BLANK, _NOT_KNOWN = _FieldResult(), _FieldResult()
_HIDDEN = _FieldResult(problem=_SourceProblem(Reason.BAD_FORMAT, _MASKED_VALUE, is_masked=True))
_NOTHING: Mapping[Any, _FieldResult] = {
    None: _BLANK,
    UNKNOWN: _NOT_KNOWN,
    MASKED: _HIDDEN,
}
