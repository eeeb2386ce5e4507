"""Make encryption keys, and exchange them while iHUB runs."""

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
    OAuthClient,
    OAuthRequest,
    PayloadBatch,
    PendingGrant,
    Run,
    RunStatus,
    Side,
    SignInRequest,
)
from core.security import key_files
from core.security import vault as security_vault
from core.security.actor import OPERATOR
from core.settings import settings

BATCH = 500


@dataclass(frozen=True, slots=True)
class _SealedColumn:
    """One column of the store that holds sealed values."""

    table: type[Base]
    key: tuple[InstrumentedAttribute[Any], ...]
    column: InstrumentedAttribute[bytes | None]


SEALED_COLUMNS = (
    _SealedColumn(Side, (Side.id,), Side.credentials),
    _SealedColumn(OAuthRequest, (OAuthRequest.state_hash,), OAuthRequest.verifier),
    _SealedColumn(SignInRequest, (SignInRequest.state_hash,), SignInRequest.verifier),
    _SealedColumn(OAuthClient, (OAuthClient.kind,), OAuthClient.secret),
    _SealedColumn(PendingGrant, (PendingGrant.side_id, PendingGrant.session_hash), PendingGrant.credentials),
    _SealedColumn(PayloadBatch, (PayloadBatch.id,), PayloadBatch.ciphertext),
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: whether it made a key, and how many values it sealed again."""

    made_key: bool
    resealed: int


def create_keys() -> None:
    """Write the first key, and the key of the fingerprints, into the home folder. Raises ConflictError when there are keys."""
    if settings().keys is not None or key_files.key_file().exists():
        raise ConflictError(
            "There are encryption keys already. To exchange them use `python -m core keys rotate`."
        )
    settings().home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if key_files.read_fingerprint_key() is None:
        key_files.write_private(key_files.fingerprint_file(), key_files.new_key() + "\n")
    key_files.write_keys([key_files.new_key()])


def rotate_keys() -> Rotation:
    """Put a new key in front and seal everything again under it; older keys stay readable.

    Where IHUB_KEYS holds the keys, the operator has put the new one in front already.
    """
    keys = key_files.read_keys()
    security_vault.vault()  # a wrong set of keys is refused before anything changes
    if settings().keys is None:
        pin_fingerprints(keys)
        key_files.write_keys([key_files.new_key(), *keys])
    elif len(keys) < 2:
        raise InvalidError(
            "IHUB_KEYS holds one key. Put a new one (`python -m core keys new`) and a comma in front of it, "
            "start iHUB again, then rotate."
        )
    resealed = sum(_reseal(place) for place in SEALED_COLUMNS)
    with transaction() as session:
        trail.record(session, OPERATOR, "keys.rotate", "keys", resealed=resealed)
    return Rotation(settings().keys is None, resealed)


def retire_keys() -> int:
    """Forget all keys but the newest, once nothing needs them any more. Returns how many were forgotten."""
    newest, *older = key_files.read_keys()
    if settings().keys is not None:
        raise InvalidError(
            "The keys are in IHUB_KEYS. Remove the older ones there, and keep the fingerprint key."
        )
    with reading() as session:
        if session.scalar(select(exists().where(Run.status == RunStatus.RUNNING))):
            raise ConflictError("A run is going on. Wait until it has ended.")
    alone = security_vault.Vault([newest])
    try:
        for place in SEALED_COLUMNS:
            for rows in _batches(place):
                for row in rows:
                    alone.open(row[-1])
    except StartError as error:
        raise ConflictError(
            "Something is still sealed under an older key. Run `python -m core keys rotate` first."
        ) from error
    pin_fingerprints([newest, *older])
    key_files.write_keys([newest])
    return len(older)


def pin_fingerprints(keys: Sequence[str]) -> None:
    """Keep what seeds the fingerprints apart from the keys, so that they survive the end of the oldest one."""
    if key_files.read_fingerprint_key() is None:
        key_files.write_private(key_files.fingerprint_file(), keys[-1] + "\n")


def check_keys() -> None:
    """Open some of what the store keeps sealed for long. Raises StartError when the keys are missing or wrong."""
    vault = security_vault.vault()
    for sealed in sealed_samples():
        vault.open(sealed)


def sealed_samples() -> Iterator[bytes]:
    """Yield one sealed value of each kind that the store holds."""
    with reading() as session:
        for place in SEALED_COLUMNS:
            if (
                sealed := session.scalar(select(place.column).where(place.column.is_not(None)).limit(1))
            ) is not None:
                yield sealed


def _reseal(place: _SealedColumn) -> int:
    """Seal all values of a column again, a short transaction at a time; values that changed meanwhile are new already."""
    count = 0
    for rows in _batches(place):
        fresh = [(row, security_vault.vault().reseal(row[-1])) for row in rows]
        with transaction() as session:
            for row, sealed in fresh:
                same = [column == value for column, value in zip(place.key, row, strict=False)]
                change = (
                    update(place.table)
                    .where(*same, place.column == row[-1])
                    .values({place.column.key: sealed})
                )
                count += session.execute(change).rowcount  # type: ignore[attr-defined]
    return count


def _batches(place: _SealedColumn) -> Iterator[Sequence[Any]]:
    last: tuple[Any, ...] | None = None
    while True:
        query = (
            select(*place.key, place.column)
            .where(place.column.is_not(None))
            .order_by(*place.key)
            .limit(BATCH)
        )
        if last is not None:
            query = query.where(tuple_(*place.key) > tuple_(*last))
        with reading() as session:
            rows = session.execute(query).all()
        if not rows:
            return
        yield rows
        last = tuple(rows[-1][:-1])
