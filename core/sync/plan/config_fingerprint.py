"""The config fingerprint: what decisions depend on besides the employee, such as settings, scope, mapping and code.

When it changes, what earlier runs remembered no longer shows what a run would decide: the next run reads every employee
in full. The code that translates employees is kept apart: when only that has changed, with a release, the full reads of
all pairings are spread over a day, each at a moment of its own.
"""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import update

import connectors
import core.scope
from core.clock import now
from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease
from core.scope.judging import CompiledScope
from core.security.vault import vault

SPREAD = timedelta(days=1)


class Config(NamedTuple):
    """What decisions depend on, as a pairing keeps it.

    What was remembered before ``since`` does not count. ``code_version`` is that of the last full read that was due for
    it; ``code_due_at`` is when the next one is due, None while the code is the same.
    """

    fingerprint: bytes | None = None
    since: datetime | None = None
    code_version: str | None = None
    code_due_at: datetime | None = None


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the code that reads and translates employees, and of the libraries' data that it uses."""
    digest = hashlib.sha256()
    for file in sorted(Path(connectors.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    digest.update(" ".join(library_versions()).encode())
    return digest.hexdigest()


def library_versions() -> list[str]:
    """Return the versions of the data by which values are shaped: phone numbers, time zones, letters, check digits."""
    versions = [f"unicode {unicodedata.unidata_version}"]
    for name in ("phonenumbers", "tzdata", "python-stdnum"):
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return versions


@lru_cache(maxsize=1)
def filter_version() -> str:
    """Return a hash of the code that filters employees: stored exclusions are recognised by its wording."""
    digest = hashlib.sha256()
    for file in sorted(Path(str(core.scope.__file__)).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def compute(system_settings: str, scope: CompiledScope, mapping_digest: str | None = None) -> bytes:
    """Return 16 bytes over all that a decision depends on, apart from the code that reads and translates.

    ``system_settings`` are those of `SystemPair`. ``mapping_digest`` is that of the run's version; None for the
    target's file as it is.
    """
    said = f"settings {filter_version()} {system_settings} {scope.basis} {mapping_digest or ''}"
    return vault().fingerprint(said.encode())


def find_change(known: Config, fingerprint: bytes, pairing_id: int, at: datetime) -> Config | None:
    """Return what a pairing is to keep from now on; None when nothing has changed.

    Other code makes a full read due within a day. Until then a run may rely on what is remembered: all that the
    decision depends on is the same, apart from the code that translates those who have changed.
    """
    if known.fingerprint != fingerprint or known.since is None:
        return Config(fingerprint, at, code_version())
    if known.code_due_at is not None:
        is_due = not at < known.code_due_at <= at + SPREAD  # further ahead, a clock was wrong
        return Config(fingerprint, at, code_version()) if is_due else None
    if known.code_version == code_version():
        return None
    return known._replace(code_due_at=at + _delay(pairing_id))


def _delay(pairing_id: int) -> timedelta:
    """Return how long after a release a pairing is read in full: always the same, and another one for each pairing."""
    digest = hashlib.blake2b(str(pairing_id).encode(), digest_size=8).digest()
    return SPREAD * (int.from_bytes(digest) / 2**64)


def save(lease: Lease, pairing_id: int, config: Config) -> datetime:
    """Store a change, and return since when what is remembered counts."""
    with transaction() as session:
        assert_lease(session, lease)
        values = {
            "config_fingerprint": config.fingerprint,
            "config_since": config.since,
            "code_version": config.code_version,
            "code_due_at": config.code_due_at,
        }
        session.execute(update(Pairing).where(Pairing.id == pairing_id).values(values))
    return config.since or now()
