"""How each field of a described target is filled from an employee, prepared once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Employee
from connectors.rest.description.system import System, compile_map, origin_path
from connectors.rest.description.target_field import TargetField
from connectors.rest.translation import shaped_fields
from connectors.rest.translation.conditions import compile_judge
from connectors.rest.translation.draft import Draft
from connectors.rest.translation.field_readers import (
    Converter,
    add_bad,
    compile_converter,
    compile_origin,
    compile_was_read,
)
from connectors.rest.translation.unmapped_values import compile_name
from connectors.values.normalise import text
from connectors.values.redaction import is_masked

# Fills one field of a draft from an employee and their source id.
Filler = Callable[[Draft, Employee, str], None]


def compile_field(system: System, settings: SideSettings, field: TargetField) -> Filler:
    """Return what fills one field."""
    if not field.send:
        return lambda _draft, _employee, _source_id: None
    if field.is_shaped:
        return _add_condition(field, shaped_fields.compile_filler(system, settings, field))
    convert = compile_converter(system, field)
    fill: Filler
    if field.value is not None:
        fill = _compile_constant(field, field.value, convert)
    elif field.setting is not None:
        fill = _compile_constant(field, getattr(settings, field.setting), convert)
    elif field.from_setting is not None:
        origin = str(getattr(settings, field.from_setting))
        fill = _OriginsFiller(field, [compile_origin(origin)], [origin], convert).fill
    elif field.origins:
        names = list(map(origin_path, field.origins))
        fill = _OriginsFiller(
            field, [compile_origin(origin) for origin in field.origins], names, convert
        ).fill
    else:
        return lambda _draft, _employee, _source_id: None
    return _add_condition(field, fill)


def _add_condition(field: TargetField, fill: Filler) -> Filler:
    if field.when is None:
        return fill
    judge, name, clears = compile_judge(field.when), field.name, field.otherwise == "clear"

    def fill_when_met(draft: Draft, employee: Employee, source_id: str) -> None:
        verdict = judge(employee, source_id)
        if verdict:
            fill(draft, employee, source_id)
        elif verdict is None:  # the HR system did not show what decides
            draft.put_unread(name)
        elif clears:
            draft.clear(name)
        else:
            draft.forget(name)

    return fill_when_met


def _compile_constant(field: TargetField, value: Any, convert: Converter) -> Filler:
    return lambda draft, employee, _source_id: draft.put(field.name, convert(value, employee))


class _OriginsFiller:
    """Fills one field from the first origin that can be used; a message says when the first one present cannot."""

    __slots__ = (
        *("_convert", "_field", "_look_up", "_name", "_name_unmapped", "_origins", "_sensitive", "_was_read"),
        "fill",
    )

    def __init__(
        self,
        field: TargetField,
        origins: Sequence[Callable[[Employee, str], Any]],
        places: Sequence[str],
        convert: Converter,
    ) -> None:
        """Take the places of an employee from which the origins come."""
        self._field, self._name, self._sensitive = field, field.name, field.sensitive
        self._origins, self._convert = origins, convert
        self._was_read = compile_was_read(places)
        self._look_up, self._name_unmapped = compile_map(field.map or {}), compile_name(field)
        self.fill = self._compile()

    def _compile(self) -> Filler:
        """Return what fills the field, for nearly everybody from its first origin."""
        name, sensitive, first, convert = self._name, self._sensitive, self._origins[0], self._convert
        fill_otherwise = self._fill_otherwise

        def fill(draft: Draft, employee: Employee, source_id: str) -> None:
            candidate = first(employee, source_id)
            if candidate is not None and not (sensitive and is_masked(candidate)):
                value = convert(candidate, employee)
                if value is not None:
                    draft.put(name, value)
                    return
            fill_otherwise(draft, employee, source_id)

        return fill

    def _fill_otherwise(self, draft: Draft, employee: Employee, source_id: str) -> None:
        candidates = [get(employee, source_id) for get in self._origins]
        present = [each for each in candidates if each is not None and text(each) is not None]
        if present:
            self._fill_from(draft, employee, present)
        elif self._was_read(employee):
            draft.put_blank(self._name)
        elif employee.refused:
            draft.put_unread(self._name)

    def _fill_from(self, draft: Draft, employee: Employee, present: Sequence[Any]) -> None:
        usable = (each for each in present if not (self._sensitive and is_masked(each)))
        values = (value for each in usable if (value := self._convert(each, employee)) is not None)
        value = next(values, None)
        if value is None:
            draft.put_unusable(self._name)
        draft.put(self._name, value)
        hidden = self._sensitive and is_masked(present[0])
        if hidden and self._field.masked is not None:
            draft.add_message(self._name, self._field.masked)
        elif hidden or self._convert(present[0], employee) is None:
            if not hidden and self._field.map is not None and self._look_up(present[0]) is None:
                draft.put_unmapped(self._name, self._name_unmapped(present[0]))
            add_bad(draft, self._field)
