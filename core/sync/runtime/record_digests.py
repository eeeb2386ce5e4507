"""Give both systems the keyed digests by which their records are recognised from run to run."""

from __future__ import annotations

from connectors.contract.capabilities import DigestsRecords
from connectors.contract.protocols import RecordDigest, Source, Target
from core.security.vault import vault


def give(pairing_id: int, source: Source, target: Target) -> None:
    """Give each system its own digest: a record cannot be recognised at another system or in another pairing."""
    for role, system in (("source", source), ("target", target)):
        if isinstance(system, DigestsRecords):
            system.use_record_digest(record_digest(pairing_id, role))


def record_digest(pairing_id: int, role: str) -> RecordDigest:
    """Return the digest of one system of a pairing."""
    return vault().fingerprints(f"record {pairing_id} {role} ".encode())
