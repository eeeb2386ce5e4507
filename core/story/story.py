"""Tell an employee's story from rows: a pure function, so that each sentence can be derived again from what is stored.

Runs that ended alike one after the other are one event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import groupby

from connectors.contract.records import Reason
from core.models import Action, RunKind
from core.problems import hidden
from core.runs import matched_by
from core.runs.matched_by import MatchedBy
from core.runs.system_names import SystemNames
from core.story.rows import DecisionRow, HoldRow, PersonRows, RecordRow
from core.story.stages import Mark, Step, steps_of

__all__ = ["Event", "Mark", "Story", "tell", "when"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: ``headline`` says when and what, ``steps`` are those of a run.

    ``run_id`` is the first of ``times`` runs that ended alike, ``last_run_id`` the last. ``message`` and ``warnings``
    are what the run said, which may repeat the words of another system. ``note`` is what a person entered, and
    ``hidden`` what was ignored or put off. ``asked``: a system was asked to write them, or did not show them.
    """

    at: datetime
    headline: str
    run_id: int | None = None
    last_run_id: int | None = None
    times: int = 0
    steps: tuple[Step, ...] = ()
    message: str | None = None
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    note: str | None = None
    hidden: tuple[str, ...] = ()
    asked: bool = False
    # The outcome of each request, where the target takes an employee in several.
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """How the employee is linked, and what happened, the newest first."""

    link: tuple[str, ...]
    events: tuple[Event, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return every sentence that iHUB itself tells, in the order of the page."""
        told = [*self.link]
        for event in self.events:
            told += [event.headline, *(step.sentence for step in event.steps if step.sentence)]
        return tuple(told)


def tell(rows: PersonRows, systems: SystemNames, zone: tzinfo) -> Story:
    """Tell the story. Times are those of ``zone``."""
    runs = [_run_event(list(group), systems, zone) for _, group in groupby(rows.records, _outcome)]
    events = [*runs, *(_decision_event(row, systems, zone) for row in rows.decisions)]
    events += [event for hold in rows.holds for event in _hold_events(hold, zone)]
    events.sort(key=lambda event: event.at, reverse=True)
    return Story(tuple(_link(rows, systems, zone)), tuple(events))


def when(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as the story writes it, such as "30 Nov 2026, 16:05 AEST"."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def _outcome(row: RecordRow) -> RecordRow:
    """Return a record without what differs between runs that ended alike."""
    return replace(row, run_id=0, at=NO_TIME, kind=RunKind.SYNC)


def _run_event(rows: Sequence[RecordRow], systems: SystemNames, zone: tzinfo) -> Event:
    first, last = rows[0], rows[-1]
    if len(rows) == 1:
        headline = f"Run #{first.run_id}, {when(first.at, zone)}."
    else:
        headline = (
            f"{len(rows)} runs with the same outcome, from #{first.run_id}, {when(first.at, zone)}, "
            f"to #{last.run_id}, {when(last.at, zone)}."
        )
    return Event(
        last.at,
        headline,
        first.run_id,
        last.run_id,
        len(rows),
        steps_of(last, systems),
        last.message and systems.fill(last.message),
        tuple(map(systems.fill, last.warnings)),
        last.reason,
        hidden=tuple(
            dict.fromkeys(hidden.text(each.by, each.note, each.until, zone) for each in last.hidden)
        ),
        parts=tuple(f"{label}: {action}" for label, action in last.parts),
        asked=last.action in ASKED or last.reason == Reason.UNREADABLE,
    )


NO_TIME = datetime.min.replace(tzinfo=UTC)
WRITTEN = (Action.CREATED, Action.UPDATED, Action.TERMINATED)
ASKED = (*WRITTEN, Action.FAILED)
DECIDED = {
    "link.make": "{who} linked them with {target_id} in {target}, {when}.",
    "link.break": "{who} unlinked them from {target_id} in {target}, {when}.",
    "link.refuse": "{who} decided that nobody in {target} is them, {when}.",
    "link.undo": "{who} took the last decision about their link back, {when}.",
}


def _decision_event(row: DecisionRow, systems: SystemNames, zone: tzinfo) -> Event:
    text = systems.fill(DECIDED[row.action])
    text = text.replace("{when}", when(row.at, zone)).replace("{target_id}", row.target_id or "–")
    return Event(row.at, text.replace("{who}", row.who))


def _hold_events(hold: HoldRow, zone: tzinfo) -> Iterable[Event]:
    until = f" until {hold.last_day.day} {hold.last_day:%b %Y}" if hold.last_day else ""
    yield Event(
        hold.put_at, f"{hold.put_by} put them on hold{until}, {when(hold.put_at, zone)}.", note=hold.reason
    )
    if hold.released_at is not None:
        text = f"{hold.released_by} released them from hold, {when(hold.released_at, zone)}."
        yield Event(hold.released_at, text)


def _link(rows: PersonRows, systems: SystemNames, zone: tzinfo) -> Iterable[str]:
    if rows.link is None:
        yield systems.fill("They are linked with nobody in {target}.")
        return
    link = rows.link
    how = "created by iHUB" if _is_created(link.matched_by) else _by(link.matched_by)
    yield systems.fill(f"They are linked with {link.target_id} in {{target}}{how and f', {how}'}.")
    maker = _maker(rows, link.target_id)
    if isinstance(maker, DecisionRow):
        yield f"The link is {maker.who}'s decision of {when(maker.at, zone)}."
    elif maker is not None:
        yield f"The link was made in run #{maker.run_id}, {when(maker.at, zone)}."
    elif link.run_id is not None:
        yield f"The link was made in run #{link.run_id}, {when(link.stored_at, zone)}, or earlier."


def _by(stored: int | None) -> str:
    words = matched_by.describe(stored)
    return f"by {words}" if words else ""


def _is_created(stored: int | None) -> bool:
    return bool(stored and stored & MatchedBy.CREATED)


def _maker(rows: PersonRows, target_id: str) -> RecordRow | DecisionRow | None:
    """Return what made the link that there is now: what linked the two after they were last apart."""
    made: RecordRow | DecisionRow | None = None
    both: list[RecordRow | DecisionRow] = [row for row in rows.records if row.action in WRITTEN]
    both += rows.decisions
    for row in sorted(both, key=lambda each: each.at):
        if isinstance(row, RecordRow):
            is_made_here = row.action is Action.CREATED or bool(row.matched_by)
            made = None if row.target_id != target_id else row if is_made_here else made
        elif row.action == "link.undo":
            made = made or row
        elif row.action == "link.make":
            made = row if row.target_id == target_id else None
        elif row.target_id in (target_id, None):
            made = None
    return made
