"""The rows that pass between planning, writing and the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.contract.records import Warn
from core.models import Action, Decision
from core.runs.outcome_catalogue import Code


@dataclass(slots=True)
class Row:
    """One employee's record as it is planned; what is to be written is in the payload batch."""

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
    payload_batch_id: int | None = None


class Linked(NamedTuple):
    """A stored link: who it is at the target, and under which mark the source was last dealt with completely."""

    target_id: str
    fingerprint: bytes | None
    source_version: str | None
    # Whether it may stand for what the target holds; now and then that is looked at again.
    fresh: bool
    # Whether it was stored so lately that an unchanged employee need not be stored again.
    recent: bool
    # Who the employee at the target was when it was stored (match/link_check.py); None where that is not known.
    identity_digest: bytes | None


class LinkRow(NamedTuple):
    """A link to store."""

    source_id: str
    target_id: str
    fingerprint: bytes
    source_version: str | None
    identity_digest: bytes | None


# A link to store as plain values, as LinkRow has them.
Earned = tuple[str, str, bytes, str | None, bytes | None]

# Linked employees about whom nothing has changed, one after the other: position, source id, target id and
# name of each, as the record keeps them. Almost everybody of almost every run is here, and one list of
# plain values costs a fourth of many tuples.
Same = list[int | str]
SAME_WIDTH = 4


class Result(NamedTuple):
    """What became of an intent, with the link that it earns."""

    position: int
    decision: Decision
    action: Action
    target_id: str | None = None
    reason: str | None = None
    message: str | None = None
    warnings: list[dict[str, str]] | None = None
    link: LinkRow | None = None


def told(warnings: Sequence[Warn]) -> list[dict[str, str]] | None:
    """Return warnings as a record's row keeps them."""
    return [{"code": warning.code, "message": warning.message} for warning in warnings] if warnings else None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A planned row that must wait for a person after all."""

    position: int
    decision: Decision
    code: Code
    # In the target index, the employees that a person can choose from.
    slots: tuple[int, ...] = ()
    same_number: bool = False
