"""Encrypt what has to be written, a batch of employees at a time, and decrypt it without loss."""

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
    source_version: str | None
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


def encrypt(given: Sequence[Intent]) -> bytes:
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
            source_version,
            fingerprint.hex(),
            None if current is None else layouts.take_record(current),
        )
        for position, source_id, target_id, decision, row_warnings, (
            prepared,
            current,
            source_version,
            fingerprint,
        ), _ in given
    ]
    return vault().seal_json(dumps({"layouts": layouts.told(), "people": people}))


def decrypt(ciphertext: bytes) -> list[Intent]:
    """Decrypt what ``encrypt`` made."""
    stored: Any = vault().open(ciphertext)
    layouts = stored["layouts"]
    return [
        Intent(position, source_id, target_id, DECISIONS[decision], warnings, _payload(layouts, *values))
        for position, source_id, target_id, decision, warnings, *values in stored["people"]
    ]


def _payload(
    layouts: Sequence[Any], number: int, row: list[Any], external_id: str | None, *more: Any
) -> Payload:
    warnings, create_only, ends, source_version, fingerprint, current = more
    told = tuple([Warn(code, message) for code, message in warnings]) if warnings else ()
    only = frozenset(create_only) if create_only else NOTHING
    prepared = Prepared(values_of(layouts, number, row), external_id, (), told, only, ends)
    return Payload(
        prepared,
        None if current is None else record_of(layouts, current),
        source_version,
        bytes.fromhex(fingerprint),
    )


# Employees in one batch: few enough that the batch is still in memory when the last of them is written.
EMPLOYEES_PER_BATCH = 20
# More than a run has. A batch's id is the run's id times this, plus the first position in it, so that no two
# batches have the same id.
POSITIONS = 1 << 24


class EncryptedBatch(NamedTuple):
    """A payload batch on its way into the store, as the table has it (models.PayloadBatch)."""

    id: int
    last_position: int
    ciphertext: bytes


class PayloadBatcher:
    """Collects payloads into encrypted batches."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._id = 0
        self._open: list[Intent] = []
        self._encrypted: list[EncryptedBatch] = []

    def add(self, intent: Intent) -> int:
        """Add what is to be written for one record and return the id of its batch. Positions only grow."""
        if not self._open:
            self._id = self._run_id * POSITIONS + intent.position
        self._open.append(intent)
        batch_id = self._id
        if len(self._open) >= EMPLOYEES_PER_BATCH:
            self._encrypt()
        return batch_id

    def _encrypt(self) -> None:
        intents, self._open = self._open, []
        self._encrypted.append(EncryptedBatch(self._id, intents[-1].position, encrypt(intents)))

    def drain(self) -> list[EncryptedBatch]:
        """Return the batches made since the last call; an unfinished one is closed first."""
        if self._open:
            self._encrypt()
        encrypted, self._encrypted = self._encrypted, []
        return encrypted
