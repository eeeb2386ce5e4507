"""Contacts and bank accounts that the HR system no longer has, and that the target keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from connectors.contract.fields import Field
from connectors.contract.records import Prepared, TargetRecord, Warn
from core.sync.compare.canonical import canonical

CODE = "TAKEN_AWAY"


class TakenAway:
    """Finds them by what the link says the target has from the HR system."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields: Sequence[Field] = [field for field in fields if field.reported_when_blank]

    def check(
        self, prepared: Prepared, current: TargetRecord, was_sent: Callable[[str], bool]
    ) -> tuple[Prepared, list[str]]:
        """Return the employee, with a warning for each value that the target keeps, and the fields it keeps them in."""
        kept, warnings = [], []
        for field in self._fields:
            if field.name in prepared.values or field.name in prepared.forgotten or not was_sent(field.name):
                continue
            if field.name not in prepared.blank:  # not read, or not usable
                kept.append(field.name)
            elif _may_have_value(current, field):
                kept.append(field.name)
                warnings.append(Warn(CODE, _message(field), field.name, at_target=True))
        return (replace(prepared, warnings=(*prepared.warnings, *warnings)) if warnings else prepared), kept


def _may_have_value(current: TargetRecord, field: Field) -> bool:
    shown = field.name in current.values
    return not shown or canonical(current.values[field.name], field.type) is not None


def _message(field: Field) -> str:
    return (
        f"{field.label} was removed in the HR system and payroll still has what was sent before. "
        "Remove it in payroll too, or enter it in the HR system again."
    )
