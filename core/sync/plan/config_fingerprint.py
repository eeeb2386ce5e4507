"""What the decisions of a run rest on besides the employees: settings, the scope of the job, and how employees are translated.

When that changes, what earlier runs remember no longer tells what a run would decide: everybody is looked at in full once.
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
def edition() -> str:
    """Return what changes whenever the code changes that makes something of employees."""
    folder = Path(connectors.__file__).parent
    digest = hashlib.sha256()
    for file in (*sorted(folder.rglob("*.py")), Path(filters.__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def fingerprint(ends: str, scope: Scope) -> bytes:
    """Return the 16 bytes that tell whether decisions rest on the same as before; ``ends`` is `Ends.basis`."""
    return vault().fingerprint(f"basis {edition()} {ends} {scope.model_dump_json()}".encode())


def renew(lease: Lease, pairing_id: int, basis: bytes) -> datetime:
    """Put on record that decisions rest on something else from now on."""
    since = now()
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(
            update(Pairing)
            .where(Pairing.id == pairing_id)
            .values(config_fingerprint=basis, config_since=since)
        )
    return since
