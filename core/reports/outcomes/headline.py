"""The headline of a run: parts that add up to everybody who was read, each of which names the rows it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Record, Run, RunKind, RunStatus
from core.reports.outcomes import groups
from core.reports.outcomes.groups import Group
from core.reports.outcomes.sums import OutcomeSum, Sums
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

WRITTEN = (Group.CREATED, Group.UPDATED, Group.TERMINATED, Group.UNCHANGED)
# How many reasons of one part are named.
MAX_REASONS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a headline: its words, with the group of the rows it counts and the reason, empty for any."""

    text: str
    number: int
    group: Group
    reason: str = ""
    reasons: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """What a run did. The numbers of the ``parts`` add up to the employees it read."""

    parts: tuple[Part, ...]
    # How many of them have something to correct or to enter by hand beside.
    warned: int
    # About how many of them nobody has to do anything, because it is ignored or put off.
    hidden: int = 0

    @property
    def text(self) -> str:
        """Return the headline as a sentence."""
        sentence = ", ".join(map(part_text, self.parts)) or "No employee was read"
        return f"{sentence}.{warned_text(self.warned)}{hidden_text(self.hidden)}"


def headline(run_sums: Sums, status: RunStatus, kind: RunKind) -> Headline:
    """Return the headline of a run with these outcomes."""
    parts = [
        Part(f"{number:,} {group}", number, group)
        for group, number in run_sums.groups.items()
        if group in WRITTEN or group is Group.PENDING
    ]
    parts += filter(None, (_part(run_sums, group, status, kind) for group in groups.ATTENTION))
    parts.sort(key=lambda part: _ORDER.index(part.group))
    return Headline(tuple(parts), run_sums.open_warnings, run_sums.hidden)


_ORDER = (
    *(Group.CREATED, Group.UPDATED, Group.TERMINATED, Group.ERRORS, Group.HELD),
    *(Group.FILTERED, Group.UNCHANGED, Group.PENDING),
)


def _part(run_sums: Sums, group: Group, status: RunStatus, kind: RunKind) -> Part | None:
    """Return the part of a group of employees who were not written, with the reasons."""
    rows = [row for row in run_sums.rows if row.group is group]
    number, need = _number(rows), sum(row.need for row in rows)
    if not number:
        return None
    reasons = run_sums.reasons(group)
    named = tuple(
        Part(f"{each.number:,} {each.title[:1].lower()}{each.title[1:]}", each.number, group, each.reason)
        for each in reasons[:MAX_REASONS]
    )
    return Part(f"{number:,} {_words(group, number, need, status, kind)}", number, group, reasons=named)


def _words(group: Group, number: int, need: int, status: RunStatus, kind: RunKind) -> str:
    if group is Group.FILTERED:
        return f"filtered, {_needing(need, number)}" if need else "filtered"
    if group is Group.HELD and kind is RunKind.PREVIEW and not need:
        return "would be written"
    if group is Group.HELD and status is RunStatus.HELD and not need:
        return f"{'waits' if number == 1 else 'wait'} for a decision about the run"
    if need == number:
        return "needs you" if number == 1 else "need you"
    words = "could not be written" if group is Group.ERRORS else "not written"
    return f"{words}, {_needing(need, number)}" if need else words


def _needing(need: int, number: int) -> str:
    if need == number:
        return "who needs you" if number == 1 else "who all need you"
    return f"{need:,} of them {'needs' if need == 1 else 'need'} you"


def _number(rows: Sequence[OutcomeSum]) -> int:
    return sum(row.number for row in rows)


def part_text(part: Part) -> str:
    """Return a part with its reasons in words."""
    reasons = ", ".join(each.text for each in part.reasons)
    return f"{part.text} ({reasons}{more_text(part)})" if reasons else part.text


def more_text(part: Part) -> str:
    """Return that there are more reasons than are named."""
    left = part.number - sum(each.number for each in part.reasons)
    return f", {left:,} for other reasons" if left else ""


def warned_text(warned: int) -> str:
    """Return how many have something to correct or to enter by hand, as a sentence behind another."""
    if not warned:
        return ""
    return f" {warned:,} {'has' if warned == 1 else 'have'} something to correct or to enter by hand."


def hidden_text(hidden: int) -> str:
    """Return about how many nobody has to do anything, because it is ignored or put off, as a sentence."""
    if not hidden:
        return ""
    return f" {hidden:,} {'is' if hidden == 1 else 'are'} ignored or put off."


def same_as_last_time(actor: Actor, run_id: int) -> str:
    """Say who of those that need somebody needed somebody in the run before as well; empty where there is no word.

    The run before is the last one of the integration that covered everybody and did not stop on the way.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        before = session.scalar(_run_before(run)) if run.kind is RunKind.SYNC else None
        if before is None:
            return ""
        return compared_text(_needing_somebody(session, run_id), _needing_somebody(session, before), before)


def compared_text(now: set[str], earlier: set[str], before: int) -> str:
    """Return who needs somebody as in an earlier run, in a sentence."""
    same, new = len(now & earlier), len(now - earlier)
    if not now:
        return f"Nobody needs you any more; {len(earlier):,} did in run #{before}." if earlier else ""
    if not same:
        return f"None of them needed you in run #{before}."
    if not new:
        return f"The same {same:,} as in run #{before}."
    return f"{same:,} of them as in run #{before}, {new:,} new."


def _run_before(run: Run) -> Select[int]:
    query = select(Run.id).where(
        Run.connection_id == run.connection_id,
        Run.id < run.id,
        Run.kind == RunKind.SYNC,
        Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR)),
        ~Run.aborted,
        Run.read > 0,
    )
    return query.order_by(Run.id.desc()).limit(1)


def _needing_somebody(session: Session, run_id: int) -> set[str]:
    query = select(Record.source_id).where(Record.run_id == run_id, groups.OUTCOME_COUNTS)
    return set(session.scalars(query))
