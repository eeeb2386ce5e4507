"""Create encryption keys, and rotate them while iHUB runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, StartError
from core.models import (
    Base,
    FieldConflict,
    KeptEmployeeBatch,
    OAuthClient,
    OAuthRequest,
    PayloadBatch,
    PendingGrant,
    Run,
    RunStatus,
    Side,
    SignInRequest,
    Webhook,
)
from core.security import key_files
from core.security import vault as security_vault
from core.security.actor import OPERATOR
from core.settings import settings

BATCH = 500


@dataclass(frozen=True, slots=True)
class _SealedColumn:
    """One column of the store that holds sealed values, with the key of its table."""

    table: type[Base]
    key: tuple[InstrumentedAttribute[Any], ...]
    value: InstrumentedAttribute[bytes | None]


SEALED_COLUMNS = (
    _SealedColumn(Side, (Side.id,), Side.credentials),
    _SealedColumn(OAuthRequest, (OAuthRequest.state_hash,), OAuthRequest.verifier),
    _SealedColumn(SignInRequest, (SignInRequest.state_hash,), SignInRequest.verifier),
    _SealedColumn(OAuthClient, (OAuthClient.kind,), OAuthClient.secret),
    _SealedColumn(PendingGrant, (PendingGrant.side_id, PendingGrant.session_hash), PendingGrant.credentials),
    _SealedColumn(PayloadBatch, (PayloadBatch.id,), PayloadBatch.ciphertext),
    _SealedColumn(FieldConflict, (FieldConflict.id,), FieldConflict.ciphertext),
    _SealedColumn(Webhook, (Webhook.connection_id,), Webhook.ciphertext),
    _SealedColumn(KeptEmployeeBatch, (KeptEmployeeBatch.id,), KeptEmployeeBatch.ciphertext),
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The outcome of a rotation: whether it made a key, and how many values it sealed again."""

    made_key: bool
    resealed: int


def create_keys() -> None:
    """Write the first encryption and fingerprint keys into the home folder. Raises ConflictError if there are any."""
    if settings().keys is not None or key_files.key_file().exists():
        raise ConflictError(
            "Encryption keys exist already. To change them, use `python -m core keys rotate`."
        )
    settings().home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if key_files.read_fingerprint_key() is None:
        key_files.write_private(key_files.fingerprint_file(), key_files.new_key() + "\n")
    key_files.write_keys([key_files.new_key()])


def rotate_keys() -> Rotation:
    """Make a new key the first one and seal everything again under it; older keys still open what they sealed.

    Where IHUB_KEYS holds the keys, the operator has already put the new one first.
    """
    keys = key_files.read_keys()
    security_vault.vault()  # wrong keys are refused before anything changes
    if settings().keys is None:
        pin_fingerprints(keys)
        key_files.write_keys([key_files.new_key(), *keys])
    elif len(keys) < 2:
        raise InvalidError(
            "IHUB_KEYS holds one key. Put a new one (`python -m core keys new`) and a comma before it, "
            "restart iHUB, then rotate."
        )
    resealed = sum(_reseal(column) for column in SEALED_COLUMNS)
    with transaction() as session:
        trail.record(session, OPERATOR, "keys.rotate", "keys", resealed=resealed)
    return Rotation(settings().keys is None, resealed)


def retire_keys() -> int:
    """Delete all keys but the newest, once nothing needs them. Returns how many were deleted."""
    newest, *older = key_files.read_keys()
    if settings().keys is not None:
        raise InvalidError(
            "The keys are in IHUB_KEYS. Remove the older ones there, but keep the fingerprint key."
        )
    with reading() as session:
        if session.scalar(select(exists().where(Run.status == RunStatus.RUNNING))):
            raise ConflictError("A run is in progress. Wait until it has ended.")
    newest_only = security_vault.Vault([newest])
    try:
        for column in SEALED_COLUMNS:
            for rows in _batches(column):
                for row in rows:
                    newest_only.open(row[-1])
    except StartError as error:
        raise ConflictError(
            "Some values are still encrypted under an older key. Run `python -m core keys rotate` first."
        ) from error
    pin_fingerprints([newest, *older])
    key_files.write_keys([newest])
    return len(older)


def pin_fingerprints(keys: Sequence[str]) -> None:
    """Store the fingerprint key apart from the encryption keys, so that it survives the deletion of the oldest one."""
    if key_files.read_fingerprint_key() is None:
        key_files.write_private(key_files.fingerprint_file(), keys[-1] + "\n")


def check_keys() -> None:
    """Open a sample of each sealed column. Raises StartError when the keys are missing or wrong."""
    vault = security_vault.vault()
    for sealed in sealed_samples():
        vault.open(sealed)


def sealed_samples() -> Iterator[bytes]:
    """Yield one sealed value of each column that holds any."""
    with reading() as session:
        for column in SEALED_COLUMNS:
            query = select(column.value).where(column.value.is_not(None)).limit(1)
            if (sealed := session.scalar(query)) is not None:
                yield sealed


def _reseal(column: _SealedColumn) -> int:
    """Seal all values of a column again, in short transactions; a value that changed meanwhile is sealed already."""
    count = 0
    vault = security_vault.vault()
    for rows in _batches(column):
        resealed = [(row, vault.reseal(row[-1])) for row in rows]
        with transaction() as session:
            for row, sealed in resealed:
                same_row = [part == value for part, value in zip(column.key, row, strict=False)]
                unchanged = update(column.table).where(*same_row, column.value == row[-1])
                change = session.execute(unchanged.values({column.value.key: sealed}))
                count += change.rowcount  # type: ignore[attr-defined]
    return count


def _batches(column: _SealedColumn) -> Iterator[Sequence[Any]]:
    """Yield the rows of a column, key first and sealed value last, in batches."""
    sealed_rows = select(*column.key, column.value).where(column.value.is_not(None))
    last_key: tuple[Any, ...] | None = None
    while True:
        query = sealed_rows.order_by(*column.key).limit(BATCH)
        if last_key is not None:
            query = query.where(tuple_(*column.key) > tuple_(*last_key))
        with reading() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        yield rows
        last_key = tuple(rows[-1][:-1])
