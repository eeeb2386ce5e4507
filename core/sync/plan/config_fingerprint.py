"""The config fingerprint: what decisions depend on besides the employee, such as settings, scope and code.

When it changes, what earlier runs remembered no longer shows what a run would decide: the next run reads every employee
in full.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import update

import connectors
from core.clock import now
from core.db import transaction
from core.models import Pairing
from core.runs.lease import Lease, assert_lease
from core.runs.options import Scope
from core.security.vault import vault
from core.sync.plan import filters


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the code that translates and filters employees."""
    folder = Path(connectors.__file__).parent
    digest = hashlib.sha256()
    for file in (*sorted(folder.rglob("*.py")), Path(filters.__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def compute(system_settings: str, scope: Scope) -> bytes:
    """Return 16 bytes over everything a decision depends on. ``system_settings`` are those of `SystemPair`."""
    return vault().fingerprint(
        f"config {code_version()} {system_settings} {scope.model_dump_json()}".encode()
    )


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
