"""Turn what has to be written into JSON that can be sealed, a parcel of people at a time, and back without loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from connectors.contract.records import Prepared, TargetRecord, Warn
from core.models import Decision
from core.security.vault import vault
from core.sync.store.codec import RecordCodec, dumps, record_of, values_of

NOTHING: frozenset[str] = frozenset()


class Payload(NamedTuple):
    """Everything the writing of one employee needs, also after a crash."""

    prepared: Prepared
    current: TargetRecord | None
    mark: str | None
    fingerprint: bytes


class Intent(NamedTuple):
    """One employee to write, with all that this needs."""

    position: int
    source_id: str
    target_id: str | None
    decision: Decision
    warnings: list[dict[str, str]] | None
    payload: Payload
    # Whether an earlier attempt may have sent it.
    sent: bool = False


DECISIONS = {str(decision): decision for decision in Decision}


def seal(given: Sequence[Intent]) -> bytes:
    """Encrypt what is to be written for some employees; whether it was sent is not a part of it."""
    layouts = RecordCodec()
    people = [
        (
            position,
            source_id,
            target_id,
            str(decision),
            row_warnings,
            *layouts.take(prepared.values),
            prepared.external_id,
            [(warning.code, warning.message) for warning in prepared.warnings] if prepared.warnings else (),
            list(prepared.create_only) if prepared.create_only else (),
            prepared.ends_employment,
            mark,
            fingerprint.hex(),
            None if current is None else layouts.take_record(current),
        )
        for position, source_id, target_id, decision, row_warnings, (
            prepared,
            current,
            mark,
            fingerprint,
        ), _ in given
    ]
    return vault().seal_one_of_many(dumps({"layouts": layouts.told(), "people": people}))


def unseal(sealed: bytes) -> list[Intent]:
    """Decrypt what ``seal`` made."""
    stored: Any = vault().open(sealed)
    layouts = stored["layouts"]
    return [
        Intent(position, source_id, target_id, DECISIONS[decision], warnings, _payload(layouts, *values))
        for position, source_id, target_id, decision, warnings, *values in stored["people"]
    ]


def _payload(
    layouts: Sequence[Any], number: int, row: list[Any], external_id: str | None, *more: Any
) -> Payload:
    warnings, create_only, ends, mark, fingerprint, current = more
    told = tuple([Warn(code, message) for code, message in warnings]) if warnings else ()
    only = frozenset(create_only) if create_only else NOTHING
    prepared = Prepared(values_of(layouts, number, row), external_id, (), told, only, ends)
    return Payload(
        prepared, None if current is None else record_of(layouts, current), mark, bytes.fromhex(fingerprint)
    )


# In one parcel: few enough that what is sealed or opened is still at hand when the last of them is dealt
# with.
PEOPLE = 20


# More than a run has; with the run's id the first position makes an id that no other parcel has.
POSITIONS = 1 << 24


class Packed:
    """A sealed parcel on its way into the store: its id, the highest position in it, and its content."""

    __slots__ = ("id", "last", "sealed")

    def __init__(self, id: int, last: int, sealed: bytes) -> None:
        """Take all three."""
        self.id, self.last, self.sealed = id, last, sealed


class PayloadBatcher:
    """Puts what is to be written into parcels."""

    def __init__(self, run_id: int) -> None:
        """Take the run that the parcels are made by."""
        self._run_id = run_id
        self._id = 0
        self._open: list[Intent] = []
        self._packed: list[Packed] = []

    def put(self, intent: Intent) -> int:
        """Put in what is to be written for one record; return the id of the parcel. Positions only grow."""
        if not self._open:
            self._id = self._run_id * POSITIONS + intent.position
        self._open.append(intent)
        parcel_id = self._id
        if len(self._open) >= PEOPLE:
            self._seal()
        return parcel_id

    def _seal(self) -> None:
        given, self._open = self._open, []
        self._packed.append(Packed(self._id, given[-1].position, seal(given)))

    def packed(self) -> list[Packed]:
        """Return the parcels made since the last call, the one begun among them."""
        if self._open:
            self._seal()
        packed, self._packed = self._packed, []
        return packed
