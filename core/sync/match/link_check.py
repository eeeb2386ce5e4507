"""Tell whether a link still leads to the employee it was made for.

A payroll that lost its data, or was begun anew, may give the id of one employee to another; a clerk may write a new employee
over the record of an old one. Each link therefore keeps who it led to when it was stored: short keyed hashes of name, birth date
and tax number, which tell nothing and cannot be compared between two links. Whom the target shows under the id is
somebody else when at least two of the three differ both from these and from what the source says now; a correction
at the source differs from one of them only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto

from connectors.contract.fields import Field, Identity, Value
from connectors.contract.records import Prepared, TargetRecord
from core.security.vault import vault
from core.sync.match.keys import KeyExtractor, external_key
from core.sync.store.rows import Linked

# Bytes for each of the three; two who differ are taken for one once in four thousand million times.
WIDTH = 4
UNKNOWN = bytes(WIDTH)
KINDS = {
    Identity.GIVEN_NAMES: "name",
    Identity.SURNAME: "name",
    Identity.BIRTH_DATE: "birth date",
    Identity.TAX_NUMBER: "tax number",
}
# So many that differ make somebody else of an employee; more, the employee number counted, leave no doubt.
ENOUGH = 2


class LinkState(Enum):
    """Where a link leads."""

    # To the employee it was made for.
    VALID = auto()
    # Perhaps to somebody else; a person has to say.
    DOUBTFUL = auto()
    # To somebody else.
    BROKEN = auto()


class IdentityDigests:
    """Compares employees of one target with whom their links were made for."""

    def __init__(self, fields: Iterable[Field]) -> None:
        """Remember which field tells what."""
        fields = list(fields)
        self._recogniser = KeyExtractor(fields)
        self._kinds = {field.name: KINDS[field.identity] for field in fields if field.identity in KINDS}
        self._name, self._birth_date, self._tax_number = (
            vault().fingerprints(f"likeness {kind}".encode()) for kind in dict.fromkeys(KINDS.values())
        )

    def of(self, source_id: str, values: Mapping[str, Value]) -> bytes:
        """Return who somebody is, as the link of an employee of the source keeps it: 12 bytes."""
        whose = source_id.encode() + b"\0"
        name, birth_date, tax_number = self._recogniser.who(values)
        return (
            (self._name(whose + name.encode())[:WIDTH] if name else UNKNOWN)
            + (self._birth_date(whose + birth_date.encode())[:WIDTH] if birth_date else UNKNOWN)
            + (self._tax_number(whose + tax_number.encode())[:WIDTH] if tax_number else UNKNOWN)
        )

    def lead(self, source_id: str, linked: Linked, prepared: Prepared, current: TargetRecord) -> LinkState:
        """Say where a link leads: ``prepared`` is whom the source describes, ``current`` whom the target shows under the id."""
        if linked.identity_digest is None or self._alike(prepared, current):
            return LinkState.VALID
        ours, theirs = self.of(source_id, prepared.values), self.of(source_id, current.values)
        differing = _differing(ours, theirs)
        if differing < ENOUGH or _differing(linked.identity_digest, theirs) < ENOUGH:
            return LinkState.VALID
        number, other = external_key(prepared.external_id), external_key(current.external_id)
        differing += number is not None and other is not None and number != other
        return LinkState.BROKEN if differing > ENOUGH else LinkState.DOUBTFUL

    def _alike(self, prepared: Prepared, current: TargetRecord) -> bool:
        """Say at a glance whether too few details differ to look closer, as they do for almost everybody."""
        wanted, shown = prepared.values, current.values
        differing = {kind for name, kind in self._kinds.items() if wanted.get(name) != shown.get(name)}
        return len(differing) < ENOUGH


def after(prepared: Prepared, current: TargetRecord | None) -> Mapping[str, Value]:
    """Return what a target holds once it has been written: what is sent only on create stays as it was in an update."""
    if current is None or not prepared.create_only:
        return prepared.values
    return {**prepared.values, **{name: current.values.get(name) for name in prepared.create_only}}


def _differing(one: bytes, other: bytes) -> int:
    """Count what both know and tell differently."""
    places = range(0, len(one), WIDTH)
    pairs = ((one[place : place + WIDTH], other[place : place + WIDTH]) for place in places)
    return sum(mine != theirs for mine, theirs in pairs if UNKNOWN not in (mine, theirs))
