"""Encryption keys are rotated while iHUB runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update

from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, StartError
from core.models import Audit, OAuthRequest, PayloadBatch, Side, Trigger
from core.operations import key_rotation
from core.runs import lease, request
from core.security import key_files
from core.security import vault as security_vault
from core.settings import settings
from harness import world

pytestmark = pytest.mark.both_engines


def world_with_secrets() -> int:
    """Seal one value of each kind: credentials, an OAuth verifier, payload batches. Returns the run."""
    run = request.request(world.active_connection(), Trigger.MANUAL)
    seal = security_vault.vault().seal
    with transaction() as session:
        for side in session.scalars(select(Side)):
            side.credentials = seal({"api_key": "canary"})
        session.add(
            OAuthRequest(
                state_hash="s",
                session_hash="h",
                side_id=1,
                verifier=seal("v"),
                expires_at=now() + timedelta(hours=1),
            )
        )
        for position in range(2):
            session.add(
                PayloadBatch(
                    id=position, run_id=run, last_position=position, ciphertext=seal({"n": position})
                )
            )
    return run


def everything() -> list[bytes]:
    with reading() as session:
        found = [*session.scalars(select(Side.credentials)), *session.scalars(select(OAuthRequest.verifier))]
        found += session.scalars(select(PayloadBatch.ciphertext))
    return [sealed for sealed in found if sealed is not None]


def test_rotation_seals_everything_again_under_a_new_key(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    world_with_secrets()
    before, plain = key_files.read_keys(), [security_vault.vault().open(sealed) for sealed in everything()]
    rotation = key_rotation.rotate_keys()
    after = key_files.read_keys()
    assert after[1:] == before and rotation == key_rotation.Rotation(True, 5)
    assert [security_vault.Vault([after[0]]).open(sealed) for sealed in everything()] == plain
    with reading() as session:
        assert session.scalars(select(Audit.action)).all() == ["keys.rotate"]


def test_fingerprints_survive_rotation_and_the_end_of_old_keys(store: str) -> None:
    world_with_secrets()
    before = security_vault.vault().fingerprint(b"x")
    key_rotation.rotate_keys()
    assert security_vault.vault().fingerprint(b"x") == before
    assert key_rotation.retire_keys() == 1
    security_vault.vault.cache_clear()
    assert len(key_files.read_keys()) == 1
    assert security_vault.vault().fingerprint(b"x") == before
    key_rotation.check_keys()


def test_a_key_that_is_still_needed_is_not_forgotten(store: str) -> None:
    world_with_secrets()
    key_files.write_keys([key_files.new_key(), *key_files.read_keys()])
    with pytest.raises(ConflictError, match="still encrypted"):
        key_rotation.retire_keys()
    assert len(key_files.read_keys()) == 2


def test_keys_are_not_forgotten_while_a_run_is_going(store: str) -> None:
    lease.claim(world_with_secrets())
    key_rotation.rotate_keys()
    with pytest.raises(ConflictError, match="A run is in progress"):
        key_rotation.retire_keys()


def test_rows_that_change_during_rotation_are_left_as_they_are(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_with_secrets()
    reseal = security_vault.Vault.reseal

    def meanwhile(vault: security_vault.Vault, sealed: bytes) -> bytes:
        with transaction() as session:
            session.get_one(Side, 1).credentials = vault.seal("newer")
        return reseal(vault, sealed)

    monkeypatch.setattr(security_vault.Vault, "reseal", meanwhile)
    key_rotation.rotate_keys()
    with reading() as session:
        assert security_vault.vault().open(session.get_one(Side, 1).credentials or b"") == "newer"


def test_keys_in_the_environment_are_exchanged_there(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world_with_secrets()
    (old,) = key_files.read_keys()
    _environment(monkeypatch, old)
    with pytest.raises(InvalidError, match="IHUB_KEYS holds one key"):
        key_rotation.rotate_keys()
    newest = key_files.new_key()
    _environment(monkeypatch, f"{newest},{old}")
    assert key_rotation.rotate_keys() == key_rotation.Rotation(False, 5)
    for sealed in everything():
        Fernet(newest).decrypt(sealed)
    with pytest.raises(InvalidError, match="Remove the older ones there"):
        key_rotation.retire_keys()


def _environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IHUB_KEYS", value)
    settings.cache_clear()
    security_vault.vault.cache_clear()


def test_wrong_keys_are_noticed(store: str) -> None:
    world_with_secrets()
    key_rotation.check_keys()
    key_files.write_keys([key_files.new_key()])
    with pytest.raises(StartError, match="do not fit the store"):
        key_rotation.check_keys()


def test_wrong_keys_are_noticed_where_only_payload_batches_are_encrypted(store: str) -> None:
    world_with_secrets()
    with transaction() as session:
        session.execute(delete(OAuthRequest))
        session.execute(update(Side).values(credentials=None))
    key_files.write_keys([key_files.new_key()])
    with pytest.raises(StartError, match="do not fit the store"):
        key_rotation.check_keys()
