"""What a link remembers of its employee: enough to see what has changed since, and nothing that can be read.

     1 byte    the version of this form; another one where the last write was not confirmed
    12 bytes   who the link was made for: hashes of name, birth date and tax number (match/link_check.py)
    16 bytes   the digest of the target's record as it was listed; zeros while it is not known
    then for each field that was sent or shown
     4 bytes   a hash of its name
     1 byte    flags (below)
     8 bytes   the hash of what was sent; zeros where nothing was
     8 bytes   the hash of what the target showed afterwards; zeros where it is not known or not shown

One file, because what is stored and how it is compared have to agree on every byte.

All hashes are keyed, and those of the values are different for each link. A state of the first 13 bytes only says that
nothing is known of the last write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from connectors.contract.fields import LEFT_TO_TARGET, Field, FieldType, Owner, Value
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import is_masked
from core.models.links import (
    FIELDS_START,
    IDENTITY_BYTES,
    IDENTITY_START,
    IN_DOUBT_VERSION,
    LISTED_BYTES,
    LISTED_START,
    STATE_VERSION,
)
from core.security.vault import vault
from core.sync.compare.canonical import canonical, spell

NAME_BYTES, HASH_BYTES = 4, 8
# Of one field without its name: flags, sent, shown.
SENT, SHOWN = slice(1, 1 + HASH_BYTES), slice(1 + HASH_BYTES, None)
FIELD_BYTES = NAME_BYTES + 1 + 2 * HASH_BYTES
# Flags: the field is sent on create and left to payroll afterwards.
CREATE_ONLY = 1
# The HR system no longer has a value, and the target keeps what was sent before.
TAKEN_AWAY = 2
# The end of the employment at the target was written by iHUB.
OUR_END = 4
# Where the target would show an end of an employment that continues.
ONGOING = 8
# The HR system gives no value now; what is known is kept for when it does again.
NOT_GIVEN = 64
# The HR system was read and had no value, and the target kept its own; noted where a person is asked about changes.
WAS_BLANK = 128
# Whose value counted when the state was made, in two bits.
OWNER_BITS = {Owner.SOURCE: 0, Owner.TARGET: 16, Owner.ONCE: 32, Owner.ASK: 48}
OWNERS = {bits: owner for owner, bits in OWNER_BITS.items()}
OWNER_MASK = 48
# In place of the hash of a value that was not sent, or is not shown.
NOTHING = bytes(HASH_BYTES)
NOT_LISTED = bytes(LISTED_BYTES)
NO_IDENTITY = bytes(IDENTITY_BYTES)
NONE_SENT: Mapping[str, Value] = {}
_VERSION = bytes([STATE_VERSION])
_VERSIONS = frozenset({_VERSION, bytes([IN_DOUBT_VERSION])})
_UNKNOWN_FIELD = bytes(1) + NOTHING + NOTHING
# Of these types, equal values have the same hash; equal numbers may be written differently.
_EQUAL_WHEN_SAME = frozenset({str, bool, date})


class StoredState(NamedTuple):
    """The parts of what a link remembers; of each field, by the hash of its name, flags, sent and shown."""

    identity: bytes = NO_IDENTITY
    listed: bytes = NOT_LISTED
    fields: Mapping[bytes, bytes] = {}
    # The fields before a write that was not confirmed: they say how a name was spelled, and nothing else.
    in_doubt: Mapping[bytes, bytes] = {}

    @property
    def is_known(self) -> bool:
        """Say whether anything is known of the last write."""
        return bool(self.fields)

    def pack(self) -> bytes:
        """Return the bytes that are stored."""
        if not self.fields:
            return _VERSION + self.identity
        parts = [_VERSION, self.identity, self.listed]
        for name in sorted(self.fields):
            parts += name, self.fields[name]
        return b"".join(parts)


NOTHING_KNOWN = StoredState()


def unpack(stored: bytes | None) -> StoredState:
    """Return what is known from the stored bytes; nothing from those of another version."""
    if stored is None or stored[:IDENTITY_START] not in _VERSIONS or len(stored) < LISTED_START:
        return NOTHING_KNOWN
    identity = stored[IDENTITY_START:LISTED_START]
    if len(stored) <= FIELDS_START or (len(stored) - FIELDS_START) % FIELD_BYTES:
        return StoredState(identity)
    fields = {
        stored[start : start + NAME_BYTES]: stored[start + NAME_BYTES : start + FIELD_BYTES]
        for start in range(FIELDS_START, len(stored), FIELD_BYTES)
    }
    if stored[:IDENTITY_START] != _VERSION:
        return StoredState(identity, in_doubt=fields)
    return StoredState(identity, stored[LISTED_START:FIELDS_START], fields)


def identity_of(stored: bytes | None) -> bytes | None:
    """Return the hashes of who a link was made for; None where they are not known."""
    return None if stored is None else unpack(stored[:LISTED_START]).identity


def for_identity(identity: bytes | None) -> bytes | None:
    """Return the state of a link of which only that is known."""
    return None if identity is None else StoredState(identity).pack()


# The hashes of what is sent about one employee, by the name of the field.
Sent = Mapping[str, bytes]


class LinkStates:
    """Makes and compares the states of the links to one target."""

    def __init__(self, fields: Iterable[Field], pairing_id: int) -> None:
        self._fields = {field.name: field for field in fields}
        self._plain = frozenset(
            field.name
            for field in self._fields.values()
            if field.type is FieldType.TEXT and not field.is_name and not field.exact
        )
        self._names = _NameHashes({name: _name_hash(name) for name in self._fields})
        self._name = self._names.__getitem__
        self._owner_bits = {name: OWNER_BITS[field.owner] for name, field in self._fields.items()}
        self._sent_flags = {name: bytes((bits,)) for name, bits in self._owner_bits.items()}
        # Fields that belong to the target once it has a value.
        self._left = frozenset(
            self._names[name] for name, field in self._fields.items() if field.owner in LEFT_TO_TARGET
        )
        # Fields of which a person is asked whether a change in the target counts.
        self._asked = frozenset(name for name, field in self._fields.items() if field.owner is Owner.ASK)
        # Of a field that was shown and not sent: flags and the place of the hash.
        self._unsent = {
            self._names[name]: bytes((bits,)) + NOTHING for name, bits in self._owner_bits.items()
        }
        self._prefix = f"link {pairing_id} ".encode()

    def _hashes(self, source_id: str) -> Callable[[bytes], bytes]:
        return vault().fingerprints(self._beginning(source_id))

    def _beginning(self, source_id: str) -> bytes:
        return self._prefix + source_id.encode() + b"\0"

    def _form(self, name: str, value: Value) -> str:
        """Return a value, formatting aside; the case of a name and of an exact field counts."""
        if name in self._plain and type(value) is str and value.isascii():  # by far the most
            return " ".join(value.lower().split())
        field = self._fields.get(name)
        if field is None:
            return canonical(value) or ""
        if field.is_name or field.exact:
            return "" if value is None else spell(value)
        return canonical(value, field.type) or ""

    def _hash(self, source_id: str, name: str, value: Value) -> bytes:
        whole = self._hashes(source_id)(self._name(name) + self._form(name, value).encode())
        return whole[:HASH_BYTES]

    def sent(self, source_id: str, prepared: Prepared) -> Sent:
        """Return the hashes of everything that would be sent."""
        names, to_form, plain = self._names, self._form, self._plain
        written = [
            names[name] + " ".join(value.lower().split()).encode()
            if name in plain and type(value) is str and value.isascii()  # by far the most
            else names[name] + to_form(name, value).encode()
            for name, value in prepared.values.items()
        ]
        prints = vault().fingerprint_each(self._beginning(source_id), written)
        return {name: each[:HASH_BYTES] for name, each in zip(prepared.values, prints, strict=True)}

    def is_written(self, sent: Sent, prepared: Prepared, known: StoredState) -> bool:
        """Return whether a link was stored for exactly what would be sent now."""
        left = self._left.union(map(self._name, prepared.create_only))
        before = {
            name: field[SENT]
            for name, field in known.fields.items()
            if field[SENT] != NOTHING
            and not field[0] & (CREATE_ONLY | TAKEN_AWAY | NOT_GIVEN)
            and name not in left
        }
        hashes = {self._name(name): digest for name, digest in sent.items()}
        now = {name: digest for name, digest in hashes.items() if name not in left}
        return known.is_known and before == now

    def is_sent(self, source_id: str, name: str, value: Value, known: StoredState) -> bool:
        """Return whether this value of a field was sent last; a blank one also where nothing was sent."""
        before, digest = (
            known.fields.get(self._name(name), _UNKNOWN_FIELD),
            self._hash(source_id, name, value),
        )
        nothing = before[SENT] == NOTHING
        return before[SENT] == digest or (nothing and digest == self._hash(source_id, name, None))

    def is_spelled_differently(self, sent: Sent, known: StoredState) -> bool:
        """Return whether the HR system spells a name otherwise than when the link was stored."""
        before = known.fields or known.in_doubt
        return bool(before) and any(
            before.get(self._name(name), _UNKNOWN_FIELD)[SENT] != sent.get(name, NOTHING)
            for name, field in self._fields.items()
            if field.is_name
        )

    def shown(self, source_id: str, name: str, current: TargetRecord) -> bytes:
        """Return the hash of what the target shows in a field; zeros where it does not show it."""
        if name not in current.values:
            return NOTHING
        return self._hash(source_id, name, current.values[name])

    def hash_of(self, source_id: str, name: str, value: Value) -> bytes:
        """Return the hash of a value of a field."""
        return self._hash(source_id, name, value)

    def field(self, name: str, known: StoredState) -> bytes:
        """Return what is known of a field: flags, sent and shown."""
        return known.fields.get(self._name(name), _UNKNOWN_FIELD)

    def untouched_field(self, source_id: str, name: str, known: StoredState, current: TargetRecord) -> bytes:
        """Return what is known of a field, also from before a write that was not confirmed and has not changed it."""
        before = known.in_doubt.get(self._name(name), _UNKNOWN_FIELD)
        is_untouched = before[SENT] not in (NOTHING, b"") and before[SENT] == self.shown(
            source_id, name, current
        )
        return before if is_untouched else self.field(name, known)

    def owner_before(self, name: str, known: StoredState) -> Owner | None:
        """Return whose value counted when the state was made; None when nothing is known of the field."""
        field = known.fields.get(self._name(name))
        return None if field is None else OWNERS[field[0] & OWNER_MASK]

    def with_open(self, state: StoredState, known: StoredState, names: Iterable[str]) -> StoredState:
        """Return a state that knows of some fields what was known before, because nothing is settled about them."""
        return self._with_fields(state, {name: self.field(name, known) for name in names})

    def with_left(
        self,
        source_id: str,
        state: StoredState,
        known: StoredState,
        current: TargetRecord,
        names: Iterable[str],
    ) -> StoredState:
        """Return a state in which what the target shows now of some fields counts as what it showed after a write."""
        left = {
            name: self.field(name, known)[: SHOWN.start] + self.shown(source_id, name, current)
            for name in names
        }
        return self._with_fields(state, left)

    def _with_fields(self, state: StoredState, changed: Mapping[str, bytes]) -> StoredState:
        if not changed:
            return state
        fields = dict(state.fields)
        for name, before in changed.items():
            key = self._name(name)
            if before == _UNKNOWN_FIELD:
                fields.pop(key, None)
            else:
                flags = before[0] & ~(OWNER_MASK | NOT_GIVEN) | self._owner_bits.get(name, 0)
                fields[key] = bytes((flags,)) + before[1:]
        return state._replace(fields=fields)

    def is_our_end(self, source_id: str, name: str, end: Value, known: StoredState) -> bool:
        """Return whether the end that the target shows was written by iHUB."""
        field = known.fields.get(self._name(name), _UNKNOWN_FIELD)
        return bool(field[0] & OUR_END) and field[SENT] == self._hash(source_id, name, end)

    def was_sent(self, source_id: str, name: str, known: StoredState) -> bool:
        """Return whether the target has a value of this field from the HR system."""
        sent = known.fields.get(self._name(name), _UNKNOWN_FIELD)[SENT]
        return sent != NOTHING and sent != self._hash(source_id, name, None)

    def after_create(self, source_id: str, prepared: Prepared) -> StoredState:
        """Return the state of an employee who has been created."""
        return self.after_write(prepared, self.sent(source_id, prepared), our_end=prepared.ends_employment)

    def after_write(
        self,
        prepared: Prepared,
        sent: Sent,
        known: StoredState = NOTHING_KNOWN,
        *,
        taken_away: Collection[str] = (),
        our_end: bool = False,
    ) -> StoredState:
        """Return the state of an employee whose values have been sent; what the target shows of them is not known."""
        to_name, names, bits, flags_of = self._name, self._names, self._owner_bits, self._sent_flags.get
        fields = {names[name]: flags_of(name, b"\0") + digest + NOTHING for name, digest in sent.items()}
        for name in prepared.create_only:
            if name in sent:
                field = fields[names[name]]
                fields[names[name]] = bytes((field[0] | CREATE_ONLY,)) + field[1:]
        if our_end and prepared.end_field is not None and prepared.end_field in sent:
            end = to_name(prepared.end_field)
            fields[end] = bytes((fields[end][0] | OUR_END,)) + fields[end][1:]
        for name in taken_away:
            before = known.fields[to_name(name)]
            fields[to_name(name)] = bytes((before[0] | TAKEN_AWAY,)) + before[1:]
        if prepared.ongoing is not None:
            ongoing = prepared.ongoing.end_field
            flags = bytes((ONGOING | bits.get(ongoing, 0),))
            fields.setdefault(to_name(ongoing), flags + NOTHING + NOTHING)
        for name in prepared.blank & self._asked:
            fields.setdefault(to_name(name), bytes((WAS_BLANK | bits[name],)) + NOTHING + NOTHING)
        if len(known.fields) > len(fields) or not known.fields.keys() <= fields.keys():
            over = prepared.blank | prepared.forgotten
            self._keep_not_given(fields, known, set(map(to_name, over)))
        return StoredState(fields=fields)

    def _keep_not_given(
        self, fields: dict[bytes, bytes], known: StoredState, over: Collection[bytes]
    ) -> None:
        """Keep what is known of fields that the HR system gives no value for now, because it was not read."""
        for name in self._names.values():
            before = known.fields.get(name)
            if before is None or name in fields or name in over or before[SENT] == NOTHING:
                continue
            if not before[0] & (TAKEN_AWAY | OUR_END | ONGOING):
                fields[name] = bytes((before[0] | NOT_GIVEN,)) + before[1:]

    def with_shown(
        self,
        source_id: str,
        state: StoredState,
        current: TargetRecord,
        listed: bytes,
        *,
        open_fields: Collection[str] = (),
    ) -> StoredState:
        """Return a state with what the target shows, and the digest of its record in the list.

        ``open_fields`` stay as they are: a person has to decide about them, or has decided for the target's value.
        """
        take, fields = self._hashes(source_id), dict(state.fields)
        for name, value in current.values.items():
            if name in open_fields:
                continue
            key, form = self._name(name), self._form(name, value)
            field = fields.get(key, _UNKNOWN_FIELD)
            if field[0] & NOT_GIVEN:
                continue
            if form or field[SENT] != NOTHING:
                fields[key] = self._before_shown(key, field) + take(key + form.encode())[:HASH_BYTES]
        return state._replace(listed=listed, fields=fields)

    def _before_shown(self, key: bytes, field: bytes) -> bytes:
        """Return flags and the hash of what was sent."""
        return (
            self._unsent.get(key, field[: SHOWN.start]) if field is _UNKNOWN_FIELD else field[: SHOWN.start]
        )

    def after_listing(
        self,
        source_id: str,
        known: StoredState,
        current: TargetRecord,
        listed: bytes,
        *,
        just_sent: Mapping[str, Value] = NONE_SENT,
    ) -> StoredState | None:
        """Return the state of an employee whose record at the target is another one, but none of whose fields is.

        None when a field may have changed, so that the employee is compared with the source. A field of which nothing
        was shown since it was sent has to show what was sent.
        ``just_sent`` are the values that ``known`` was made of: one that is shown as it was sent is not hashed again.
        """
        if not known.is_known:
            return None
        take, to_name, to_form = self._hashes(source_id), self._name, self._form
        is_first, hidden, fields = known.listed == NOT_LISTED, dict(known.fields), {}
        for name, value in current.values.items():
            key = to_name(name)
            before = hidden.pop(key, _UNKNOWN_FIELD)
            if before[0] & NOT_GIVEN:
                fields[key] = before
                continue
            sent, ours = before[SENT], just_sent.get(name)
            if ours == value and sent != NOTHING and type(ours) is type(value) in _EQUAL_WHEN_SAME:
                shown = sent
            else:
                form = to_form(name, value)
                shown = take(key + form.encode())[:HASH_BYTES] if form or sent != NOTHING else NOTHING
            is_left = key in self._left and before is not _UNKNOWN_FIELD  # what the target shows counts
            if not is_left and _may_have_changed(before, shown, value, is_first=is_first):
                return None
            if before is not _UNKNOWN_FIELD or shown != NOTHING:
                fields[key] = self._before_shown(key, before) + shown
        if any(field[SHOWN] != NOTHING and not field[0] & NOT_GIVEN for field in hidden.values()):
            return None
        return known._replace(listed=listed, fields={**fields, **hidden})


def _may_have_changed(before: bytes, shown: bytes, value: Value, *, is_first: bool) -> bool:
    if before[SHOWN] != NOTHING:
        return shown != before[SHOWN]
    return shown != before[SENT] and not _may_show_other(before, value, is_first=is_first)


def _may_show_other(before: bytes, value: Value, *, is_first: bool) -> bool:
    """Return whether a field of which nothing was shown may show something else than what was sent."""
    if before[0] & (CREATE_ONLY | TAKEN_AWAY):
        return is_first
    if before[SENT] != NOTHING:
        return is_masked(value)
    return is_first and not before[0] & ONGOING


class _NameHashes(dict[str, bytes]):
    """The hashes of the names of fields; those of a hook's own fields are made when they are first asked for."""

    def __missing__(self, name: str) -> bytes:
        return self.setdefault(name, _name_hash(name))


def _name_hash(name: str) -> bytes:
    return vault().fingerprint(f"field {name}".encode())[:NAME_BYTES]
