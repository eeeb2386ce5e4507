"""Encrypt what has to be written, a batch of employees at a time, and decrypt it without loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from connectors.contract.records import OngoingEmployment, Prepared, TargetRecord, Warn
from core.models import Decision
from core.security.vault import vault
from core.sync.store.codec import RecordCodec, decode, decode_record, dumps

# Employees in one batch: few enough that the batch is still in memory when the last of them is written.
EMPLOYEES_PER_BATCH = 20
# More than a run has. A batch's id is the run's id times this, plus the first position in it, so that no two
# batches have the same id.
POSITIONS = 1 << 24
DECISIONS = {str(decision): decision for decision in Decision}
NO_FIELDS: frozenset[str] = frozenset()


class Payload(NamedTuple):
    """Everything that writing one employee needs, also after a crash."""

    prepared: Prepared
    current: TargetRecord | None
    source_version: str | None
    # What the link remembers after an update (compare/link_state.py). Empty for a create: it follows from what is sent.
    state: bytes


class Intent(NamedTuple):
    """One employee to write."""

    position: int
    source_id: str
    target_id: str | None
    decision: Decision
    warnings: list[dict[str, str]] | None
    payload: Payload
    # An earlier attempt may have sent it. Not part of the payload batch.
    sent: bool = False


class EncryptedBatch(NamedTuple):
    """A payload batch on its way into the store, as the table has it (models.PayloadBatch)."""

    id: int
    last_position: int
    ciphertext: bytes


class PayloadBatcher:
    """Collects intents into encrypted batches."""

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

    def drain(self) -> list[EncryptedBatch]:
        """Return the batches made since the last call. An unfinished one is closed first."""
        if self._open:
            self._encrypt()
        encrypted, self._encrypted = self._encrypted, []
        return encrypted

    def _encrypt(self) -> None:
        intents, self._open = self._open, []
        self._encrypted.append(EncryptedBatch(self._id, intents[-1].position, encrypt(intents)))


def encrypt(intents: Sequence[Intent]) -> bytes:
    """Encrypt what is to be written for some employees."""
    codec = RecordCodec()
    people = [
        (
            position,
            source_id,
            target_id,
            str(decision),
            row_warnings,
            *codec.encode(prepared.values),
            prepared.external_id,
            [(warning.code, warning.message) for warning in prepared.warnings] if prepared.warnings else (),
            list(prepared.create_only) if prepared.create_only else (),
            prepared.ends_employment,
            source_version,
            state.hex(),
            None if current is None else codec.encode_record(current),
            prepared.end_field,
            None if prepared.ongoing is None else prepared.ongoing.end_field,
        )
        for position, source_id, target_id, decision, row_warnings, (
            prepared,
            current,
            source_version,
            state,
        ), _ in intents
    ]
    return vault().seal_json(dumps({"layouts": codec.layouts(), "people": people}))


def decrypt(ciphertext: bytes) -> list[Intent]:
    """Decrypt what ``encrypt`` made."""
    stored: Any = vault().open(ciphertext)
    layouts = stored["layouts"]
    return [
        Intent(position, source_id, target_id, DECISIONS[decision], warnings, _payload(layouts, *values))
        for position, source_id, target_id, decision, warnings, *values in stored["people"]
    ]


def _payload(
    layouts: Sequence[Any], number: int, row: list[Any], external_id: str | None, *rest: Any
) -> Payload:
    # Version 0.1 did not store the last two.
    stored_warnings, create_only, ends_employment, source_version, state, current, *ends = rest
    end_field, ongoing_end_field = ends or (None, None)
    ongoing = None if ongoing_end_field is None else OngoingEmployment(ongoing_end_field, None, False)
    warnings = tuple([Warn(code, message) for code, message in stored_warnings]) if stored_warnings else ()
    fields = frozenset(create_only) if create_only else NO_FIELDS
    return Payload(
        Prepared(
            decode(layouts, number, row),
            external_id,
            (),
            warnings,
            fields,
            ends_employment,
            ongoing,
            end_field=end_field,
        ),
        None if current is None else decode_record(layouts, current),
        source_version,
        bytes.fromhex(state),
    )
