"""The headline of a run: each employee that was read is counted in exactly one of its parts.

A part is a group of outcomes; in a group of employees who were not written, those who need somebody and those who do
not are two parts. The reasons of a part add up to it, and each number names the rows it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Record, Run, RunKind, RunStatus
from core.reports.outcomes import groups
from core.reports.outcomes.groups import ATTENTION, Group, Needs
from core.reports.outcomes.sums import OutcomeSum, Sums
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Code
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run

# How many reasons of one part are named; in place of a reason, ``OTHER`` means all that are not.
MAX_REASONS = 4
OTHER = "other"
WORDS = {Group.ERRORS: "could not be written", Group.HELD: "held", Group.FILTERED: "filtered"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a headline, in words, and the rows it counts: those of ``group``, narrowed by the rest.

    ``needs``: only those whose outcome needs somebody, or only the others; None where all of the group are the same.
    ``reason`` is the code of the outcome, or ``OTHER``; empty means any.
    """

    text: str
    number: int
    group: Group
    needs: Needs | None = None
    reason: str = ""
    reasons: tuple[Part, ...] = ()

    @property
    def sentence(self) -> str:
        """Return the part with its reasons in words."""
        reasons = ", ".join(each.text for each in self.reasons)
        return f"{self.text} ({reasons})" if reasons else self.text


@dataclass(frozen=True, slots=True)
class Headline:
    """What a run did. The numbers of the ``parts`` add up to the employees it read."""

    parts: tuple[Part, ...]
    # Of those whose outcome needs nobody, how many have something to correct or to enter by hand.
    warned: int
    # How many have an outcome that needs somebody.
    needing: int
    # About how many nobody has to do anything, because it is ignored or put off.
    hidden: int = 0

    @property
    def text(self) -> str:
        """Return the headline in words."""
        sentence = ", ".join(part.sentence for part in self.parts) or "No employee was read"
        return " ".join(filter(None, (f"{sentence}.", self.warned_text, self.hidden_text)))

    @property
    def hidden_text(self) -> str:
        """Return the sentence about those who are ``hidden``; empty for nobody."""
        if not self.hidden:
            return ""
        return f"{self.hidden:,} {'is' if self.hidden == 1 else 'are'} ignored or put off."

    @property
    def warned_text(self) -> str:
        """Return the sentence about those who are ``warned``, to stand behind the parts; empty for nobody."""
        if not self.warned:
            return ""
        more = " more" if self.needing else ""
        has = "has" if self.warned == 1 else "have"
        return f"{self.warned:,}{more} {has} something to correct or to enter by hand."


def headline(run_sums: Sums, kind: RunKind, *, waits: bool) -> Headline:
    """Return the headline of a run with these outcomes; ``waits``: somebody can still decide on its plan."""
    parts: list[Part] = []
    for group in _ORDER:
        rows = [row for row in run_sums.rows if row.group is group]
        if group not in ATTENTION and rows:
            number = _number(rows)
            parts.append(Part(f"{number:,} {group}", number, group))
        elif rows:
            parts += _parts_of(group, rows, kind, waits)
    warned = sum(row.open_warned for row in run_sums.rows if row.needs is Needs.NOBODY)
    needing = _number([row for row in run_sums.rows if row.needs is Needs.YOU])
    return Headline(tuple(parts), warned, needing, run_sums.hidden)


_ORDER = (
    *(Group.CREATED, Group.UPDATED, Group.TERMINATED, Group.ERRORS, Group.HELD),
    *(Group.FILTERED, Group.UNCHANGED, Group.PENDING),
)


def _parts_of(group: Group, rows: Sequence[OutcomeSum], kind: RunKind, waits: bool) -> list[Part]:
    """Return the parts of a group that was not written: first those who need somebody."""
    parts = []
    for needs in Needs:
        if found := [row for row in rows if row.needs is needs]:
            words = _words(group, _number(found), needs, kind, waits)
            parts.append(_part(group, found, None if len(found) == len(rows) else needs, words))
    return parts


def _part(group: Group, rows: Sequence[OutcomeSum], narrowed: Needs | None, words: str) -> Part:
    number, named = _number(rows), named_reasons(rows)
    reasons = [Part(f"{each:,} {_title(code)}", each, group, narrowed, code) for code, each in named.items()]
    if left := number - sum(named.values()):
        reasons.append(Part(f"{left:,} for other reasons", left, group, narrowed, OTHER))
    if named.keys() == {Code.PREVIEW}:
        reasons = []
    return Part(f"{number:,} {words}", number, group, narrowed, reasons=tuple(reasons))


def named_reasons(rows: Sequence[OutcomeSum]) -> dict[str, int]:
    """Return the most frequent reasons of a part's rows, and how many employees have each of them."""
    numbers: Counter[str] = Counter()
    for row in rows:
        if row.reason:
            numbers[row.reason] += row.number
    return dict(sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_REASONS])


def _title(reason: str) -> str:
    title = CATALOGUE[reason].title if reason in CATALOGUE else reason
    return title[:1].lower() + title[1:]


def _words(group: Group, number: int, needs: Needs, kind: RunKind, waits: bool) -> str:
    if needs is Needs.YOU:
        return f"{WORDS[group]} and {'needs' if number == 1 else 'need'} you"
    if group is Group.HELD and kind is RunKind.PREVIEW:
        return "would be written"
    if group is Group.HELD and waits:
        return f"{'waits' if number == 1 else 'wait'} for a decision about the run"
    return WORDS[group]


def _number(rows: Sequence[OutcomeSum]) -> int:
    return sum(row.number for row in rows)


def same_as_last_time(actor: Actor, run_id: int) -> str:
    """Say who of those that need somebody needed somebody in the run before as well; empty where there is no word.

    The run before is the last one of the integration that covered everybody and did not stop on the way.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        run = require_run(session, actor, run_id)
        theirs = {"connection_id": run.connection_id, "run_id": run.id}
        before = session.scalar(_run_before(), theirs) if run.kind is RunKind.SYNC else None
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


@cache
def _run_before() -> Select[int]:
    query = select(Run.id).where(
        Run.connection_id == bindparam("connection_id"),
        Run.id < bindparam("run_id"),
        Run.kind == RunKind.SYNC,
        Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR)),
        ~Run.aborted,
        Run.read > 0,
        Run.rows_removed_at.is_(None),
    )
    return query.order_by(Run.id.desc()).limit(1)


def _needing_somebody(session: Session, run_id: int) -> set[str]:
    return set(session.scalars(_needing(), {"run_id": run_id}))


@cache
def _needing() -> Select[str]:
    return select(Record.source_id).where(Record.run_id == bindparam("run_id"), groups.OUTCOME_COUNTS)
