"""Compare what should be at the target with what is there.

A field that the target's record does not have, or shows masked, is *unseen*: only the fingerprint of what was last
written can say whether it differs. The same holds for a sensitive field that is to be cleared, because a target that
hides it may hold a value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.contract.fields import Field, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import is_masked
from core.sync.compare.canonical import canonical, is_same, spell


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that has to change."""

    field: Field
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, and what could not be seen at the target."""

    differences: tuple[Difference, ...]
    unseen: tuple[Difference, ...]


def compare(
    fields: Mapping[str, Field], prepared: Prepared, current: TargetRecord, *, new_spelling: bool = False
) -> Comparison:
    """Compare every field that the source has a value for, apart from those that are only sent on create.

    With a ``new_spelling`` of the names at the source, another case of them counts.
    """
    differences: list[Difference] = []
    unseen: list[Difference] = []
    for name, after in compared_values(prepared):
        before = current.values.get(name)
        is_present = name in current.values
        if after == before and type(after) is type(before) and (after is not None or is_present):
            continue
        field = fields.get(name) or Field(name, name)
        canonical_after = canonical(after, field.type)
        has_value = canonical_after is not None
        if is_same(canonical_after, canonical(before, field.type), field.type) and (
            has_value or is_present or not field.sensitive
        ):
            counts = field.exact or (new_spelling and field.is_name)
            if counts and is_present and spell(after or "") != spell(before or ""):
                differences.append(Difference(field, before, after))
            continue
        is_hidden = not is_present or (has_value and is_masked(before))
        (unseen if is_hidden else differences).append(Difference(field, before, after))
    return Comparison(tuple(differences), tuple(unseen))


def compared_values(prepared: Prepared) -> Collection[tuple[str, Value]]:
    """Return the fields that count in a comparison: those sent only on create are left alone afterwards."""
    if not prepared.create_only:
        return prepared.values.items()
    return [(name, value) for name, value in prepared.values.items() if name not in prepared.create_only]
