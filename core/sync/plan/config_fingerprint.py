"""The config fingerprint: what decisions depend on besides the employee, such as settings, scope, mapping and code.

When it changes, what earlier runs remembered no longer shows what a run would decide: the next run reads every employee
in full.
"""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import update

import connectors
import core.scope
from core.clock import now
from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease
from core.scope.judging import CompiledScope
from core.security.vault import vault


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the code that translates and filters employees."""
    digest = hashlib.sha256()
    for package in (connectors, core.scope):
        for file in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
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


def compute(system_settings: str, scope: CompiledScope, mapping_digest: str | None = None) -> bytes:
    """Return 16 bytes over everything a decision depends on. ``system_settings`` are those of `SystemPair`.

    ``mapping_digest`` is that of the run's version; None for the target's file as it is.
    """
    said = f"config {code_version()} {system_settings} {scope.basis} {mapping_digest or ''}"
    return vault().fingerprint(said.encode())


def save(lease: Lease, pairing_id: int, config_fingerprint: bytes) -> datetime:
    """Store a new config fingerprint and return since when it holds: now."""
    since = now()
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(
            update(Pairing)
            .where(Pairing.id == pairing_id)
            .values(config_fingerprint=config_fingerprint, config_since=since)
        )
    return since
