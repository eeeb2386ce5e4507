"""Contacts and bank accounts that the HR system no longer has, and that the target keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from connectors.contract.fields import Field, Value
from connectors.contract.records import Prepared, TargetRecord, Warn
from core.sync.compare.canonical import canonical

CODE = "TAKEN_AWAY"
# As many as the link has bits for (last_write.py).
MOST_FIELDS = 48


class TakenAway:
    """Finds them by what the link says the target has from the HR system, one bit for each field in question."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields: Sequence[Field] = [field for field in fields if field.reported_when_blank][:MOST_FIELDS]

    def sent(self, values: Mapping[str, Value]) -> int:
        """Return the bits of the fields that have a value."""
        bits = 0
        for index, field in enumerate(self._fields):
            if values.get(field.name) is not None:
                bits |= 1 << index
        return bits

    def check(self, prepared: Prepared, current: TargetRecord, known: int) -> tuple[Prepared, int]:
        """Return the employee, with a warning for each value that the target keeps, and the bits for the next run."""
        bits, warnings = self.sent(prepared.values), []
        for index, field in enumerate(self._fields):
            is_known = known >> index & 1
            if not is_known or field.name in prepared.values:
                continue
            if field.name not in prepared.blank:  # not read, or not usable
                bits |= 1 << index
            elif _may_have_value(current, field):
                bits |= 1 << index
                warnings.append(Warn(CODE, _message(field), field.name, at_target=True))
        return (replace(prepared, warnings=(*prepared.warnings, *warnings)) if warnings else prepared), bits


def _may_have_value(current: TargetRecord, field: Field) -> bool:
    shown = field.name in current.values
    return not shown or canonical(current.values[field.name], field.type) is not None


def _message(field: Field) -> str:
    return (
        f"{field.label} was removed in the HR system and payroll still has what was sent before. "
        "Remove it in payroll too, or enter it in the HR system again."
    )
