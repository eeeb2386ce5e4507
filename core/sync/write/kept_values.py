"""Say which values a target has taken and not kept, as far as its response shows it."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract.fields import Field
from connectors.contract.records import Prepared, TargetRecord, Warn
from core.sync.compare.diff import compare

NOT_KEPT = "NOT_KEPT"


def not_kept(
    fields: Mapping[str, Field], prepared: Prepared, shown: TargetRecord, target: str
) -> tuple[Warn, ...]:
    """Return a warning for each field that the target shows otherwise than it was sent; ``target`` is its name.

    A field that it hides, or does not show, says nothing. No value is in a warning.
    """
    return tuple(
        Warn(
            NOT_KEPT,
            f"{target} took {difference.field.label} and shows "
            f"{'nothing' if difference.before is None else 'another value'} in its place. "
            f"Check the employee there; a field that {target} fills itself is better not sent.",
            difference.field.name,
            at_target=True,
        )
        for difference in compare(fields, prepared, shown).differences
        if difference.after is not None
    )
