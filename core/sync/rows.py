"""The rows that pass between planning, writing and the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Action, Decision


@dataclass(slots=True)
class Row:
    """One employee's record as it is planned; ``payload`` is sealed and there only while the action is Pending."""

    position: int
    source_id: str
    name: str
    decision: Decision
    action: Action
    target_id: str | None = None
    reason: str | None = None
    message: str | None = None
    changes: list[dict[str, str | None]] | None = None
    warnings: list[dict[str, str]] | None = None
    payload: bytes | None = None

    def columns(self, run_id: int) -> dict[str, Any]:
        """Return the row as the store's columns, always the same ones in the same order."""
        return {
            "run_id": run_id,
            "position": self.position,
            "source_id": self.source_id[:200],
            "target_id": self.target_id,
            "name": self.name[:400],
            "decision": str(self.decision),
            "reason": self.reason,
            "action": str(self.action),
            "message": self.message[:1000] if self.message else None,
            "changes": self.changes,
            "warnings": self.warnings,
            "payload": self.payload,
            "sent": False,
        }


@dataclass(frozen=True, slots=True)
class Linked:
    """A stored link: who it is at the target, and under which mark the source was last dealt with completely."""

    target_id: str
    fingerprint: bytes | None
    mark: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link to store."""

    source_id: str
    target_id: str
    fingerprint: bytes
    mark: str | None


@dataclass(frozen=True, slots=True)
class Intent:
    """One employee to write, as the store holds it; ``sent`` when an earlier attempt may have sent it."""

    position: int
    source_id: str
    target_id: str | None
    decision: Decision
    payload: bytes
    warnings: list[dict[str, str]] | None
    sent: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an intent, with the link that it earns."""

    position: int
    decision: Decision
    action: Action
    target_id: str | None = None
    reason: str | None = None
    message: str | None = None
    warnings: list[dict[str, str]] | None = None
    link: LinkRow | None = None
