"""Check whether a link still leads to the employee it was made for.

A payroll that lost its data, or was set up again, may give the id of one employee to another; a clerk may overwrite the
record of an old employee with a new one. The state of each link (compare/link_state.py) therefore begins with an
identity digest from the moment it was stored: short keyed hashes of name, birth date and tax number. They reveal
nothing, and cannot be compared between two links. The employee that the target shows under the id is somebody else when
at least two of the three differ both from the digest and from what the source says now. A correction at the source
differs from one of these only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto

from connectors.contract.fields import Field, Identity, Value
from connectors.contract.records import Prepared, TargetRecord
from core.security.vault import vault
from core.sync.compare.link_state import identity_of
from core.sync.match.keys import KeyExtractor, canonical_external_id
from core.sync.store.links import StoredLink
from core.sync.store.rows import Linked

# The bytes for each of the three details. Two different values collide once in about four billion.
HASH_BYTES = 4
UNKNOWN = bytes(HASH_BYTES)
DETAILS = {
    Identity.GIVEN_NAMES: "name",
    Identity.SURNAME: "name",
    Identity.BIRTH_DATE: "birth date",
    Identity.TAX_NUMBER: "tax number",
}
# When this number of details differ, it is a different employee. When more do, counting the employee number as one,
# there is no doubt left.
DIFFERENT_PERSON = 2


class LinkState(Enum):
    """Whether a link leads to the employee it was made for."""

    VALID = auto()
    # Perhaps it leads to somebody else; a person decides.
    DOUBTFUL = auto()
    # It leads to somebody else.
    BROKEN = auto()


class IdentityDigests:
    """Compares employees of one target with the employees that their links were made for."""

    def __init__(self, fields: Iterable[Field]) -> None:
        fields = list(fields)
        self._key_extractor = KeyExtractor(fields)
        self._detail_by_field = {
            field.name: DETAILS[field.identity] for field in fields if field.identity in DETAILS
        }
        # Stored links hold digests with this prefix: it can never change.
        self._hash_name, self._hash_birth_date, self._hash_tax_number = (
            vault().fingerprints(f"likeness {detail}".encode()) for detail in dict.fromkeys(DETAILS.values())
        )

    def digest(self, source_id: str, values: Mapping[str, Value]) -> bytes:
        """Return the identity digest for the link of an employee of the source: 12 bytes."""
        prefix = source_id.encode() + b"\0"
        name, birth_date, tax_number = self._key_extractor.identity_details(values)
        return (
            (self._hash_name(prefix + name.encode())[:HASH_BYTES] if name else UNKNOWN)
            + (self._hash_birth_date(prefix + birth_date.encode())[:HASH_BYTES] if birth_date else UNKNOWN)
            + (self._hash_tax_number(prefix + tax_number.encode())[:HASH_BYTES] if tax_number else UNKNOWN)
        )

    def check(self, source_id: str, linked: Linked, prepared: Prepared, current: TargetRecord) -> LinkState:
        """Compare what the source says (``prepared``) with what the target has under the linked id (``current``)."""
        stored = identity_of(linked.state)
        if stored is None or self._is_obviously_same(prepared, current):
            return LinkState.VALID
        at_source = self.digest(source_id, prepared.values)
        at_target = self.digest(source_id, current.values)
        differing = _count_differing(at_source, at_target)
        if differing < DIFFERENT_PERSON or _count_differing(stored, at_target) < DIFFERENT_PERSON:
            return LinkState.VALID
        our_number = canonical_external_id(prepared.external_id)
        their_number = canonical_external_id(current.external_id)
        differing += our_number is not None and their_number is not None and our_number != their_number
        return LinkState.BROKEN if differing > DIFFERENT_PERSON else LinkState.DOUBTFUL

    def find_same_person(self, prepared: Prepared, stored: Iterable[StoredLink]) -> list[StoredLink]:
        """Return the links that were made for this employee, who has another record at the source.

        The tax number agrees, or name and birth date. Of many links hardly any does, so each is given up early.
        """
        name, birth_date, tax_number = self._key_extractor.identity_details(prepared.values)

        def agrees(
            link: StoredLink, place: int, hash_detail: Callable[[bytes], bytes], value: str | None
        ) -> bool:
            linked = link.identity_digest[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            if not value or linked == UNKNOWN:
                return False
            return hash_detail(link.source_id.encode() + b"\0" + value.encode())[:HASH_BYTES] == linked

        return [
            link
            for link in stored
            if agrees(link, 2, self._hash_tax_number, tax_number)
            or (agrees(link, 1, self._hash_birth_date, birth_date) and agrees(link, 0, self._hash_name, name))
        ]

    def _is_obviously_same(self, prepared: Prepared, current: TargetRecord) -> bool:
        """Return whether too few details differ to look closer, which is so for almost everybody."""
        ours, theirs = prepared.values, current.values
        differing = {
            detail for name, detail in self._detail_by_field.items() if ours.get(name) != theirs.get(name)
        }
        return len(differing) < DIFFERENT_PERSON


def values_after_write(prepared: Prepared, current: TargetRecord | None) -> Mapping[str, Value]:
    """Return what the target holds after a write: an update does not change fields that are left to the target."""
    if current is None or not prepared.create_only:
        return prepared.values
    return {**prepared.values, **{name: current.values.get(name) for name in prepared.create_only}}


def _count_differing(digest: bytes, other_digest: bytes) -> int:
    """Count the details that both digests know and that differ."""
    starts = range(0, len(digest), HASH_BYTES)
    pairs = (
        (digest[start : start + HASH_BYTES], other_digest[start : start + HASH_BYTES]) for start in starts
    )
    return sum(ours != theirs for ours, theirs in pairs if UNKNOWN not in (ours, theirs))
