"""Recognise at the target what a create has sent, value by value.

What was sent is kept as keyed hashes, one for each value, so that a later run can find an employee whose create had no
response although the source has changed since. The hashes reveal nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from functools import cached_property

from connectors.contract.fields import Field, FieldType, Identity, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import is_masked
from core.security.vault import vault
from core.sync.compare.canonical import canonical
from core.sync.compare.diff import compared_values

# By the name of a field, the hash of the value that was sent.
SentDigests = Mapping[str, str]

NAMES = frozenset({Identity.GIVEN_NAMES, Identity.SURNAME})
# Where these are known and differ, it is another person.
PERSONAL = frozenset({Identity.BIRTH_DATE, Identity.TAX_NUMBER})
TELLING_TYPES = frozenset({FieldType.DATE, FieldType.EMAIL, FieldType.PHONE})


class Agreement(Enum):
    """Whether an employee of the target is the one that was sent."""

    # All that was sent is there, and either nothing is hidden or something tells the employee from a namesake.
    SAME = auto()
    # The name is the same and nothing says that it is another person.
    POSSIBLE = auto()
    DIFFERENT = auto()


class SentValues:
    """Compares employees of one target with what creates have sent."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self._names = [name for name, field in self._fields.items() if field.identity in NAMES]
        self._surname = next(
            (name for name, field in self._fields.items() if field.identity is Identity.SURNAME), None
        )

    @cached_property
    def _hash(self) -> Callable[[bytes], bytes]:
        return vault().fingerprints(b"sent in a create")

    def digests(self, prepared: Prepared) -> dict[str, str]:
        """Return the hashes of all that a create sends and a comparison counts."""
        digests = ((name, self._digest(name, value)) for name, value in compared_values(prepared))
        return {name: digest for name, digest in digests if digest is not None}

    def _digest(self, name: str, value: Value) -> str | None:
        field = self._fields.get(name)
        form = canonical(value, field.type if field is not None else FieldType.TEXT)
        return None if form is None else self._hash(f"{name}\0{form}".encode()).hex()

    def anchor(self, digests: SentDigests) -> str | None:
        """Return what an employee must share to be considered: the surname, where one was sent."""
        return digests.get(self._surname) if self._surname is not None else None

    def anchor_of(self, record: TargetRecord) -> str | None:
        """Return the same of an employee of the target."""
        if self._surname is None:
            return None
        return self._digest(self._surname, record.values.get(self._surname))

    def compare(self, digests: SentDigests, record: TargetRecord) -> Agreement:
        """Compare an employee of the target with what was sent."""
        same: set[str] = set()
        hidden: set[str] = set()
        different: set[str] = set()
        for name, digest in digests.items():
            value = record.values.get(name)
            if name not in record.values or is_masked(value):
                hidden.add(name)
            else:
                (same if self._digest(name, value) == digest else different).add(name)
        is_namesake = all(name in same or name not in digests for name in self._names)
        if not is_namesake or any(self._is_another(name, record) for name in different):
            return Agreement.DIFFERENT
        is_certain = not different and (not hidden or any(map(self._tells, same)))
        return Agreement.SAME if same and is_certain else Agreement.POSSIBLE

    def _is_another(self, name: str, record: TargetRecord) -> bool:
        """Say whether a value that differs is one that a person has only one of."""
        field = self._fields.get(name)
        return field is not None and field.identity in PERSONAL and record.values.get(name) is not None

    def _tells(self, name: str) -> bool:
        """Say whether a value tells a person from a namesake."""
        field = self._fields.get(name)
        return field is not None and (
            field.type in TELLING_TYPES or (field.identity is not None and field.identity not in NAMES)
        )
