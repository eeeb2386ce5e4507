"""The sentences of alerts. They hold names of connections and systems, numbers and days, and nothing of an employee."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.registry import name_of
from core.alerts.conditions import CONFLICTS, EXPIRES, LOST, PLAN, PROBLEM, STOPPED
from core.models import AlertKind, AlertTopic

TITLES = {
    AlertTopic.FAILED: "A run failed",
    AlertTopic.HELD: "A run is held",
    AlertTopic.WAITING: "Something waits for me",
    AlertTopic.RECONNECT: "A system needs to be reconnected",
    AlertTopic.DRIFT: "The systems have drifted apart",
    AlertTopic.PAY_DAY: "Somebody would miss a pay day",
    AlertTopic.PAID_WRONG: "Somebody would be paid wrong",
    AlertTopic.RECOVERED: "It is over",
}
MEANINGS = {
    AlertTopic.FAILED: "The last run could not continue, or could not write some employees.",
    AlertTopic.HELD: "A run would have exceeded a limit and waits for a decision.",
    AlertTopic.WAITING: "A problem is assigned to you, or a plan needs your approval too.",
    AlertTopic.RECONNECT: "A sign-in was lost, expires within three days, or belongs to somebody who leaves.",
    AlertTopic.DRIFT: "A system refuses what it accepted before, or values were changed in payroll.",
    AlertTopic.PAY_DAY: "The forecast says that employees would miss a pay day.",
    AlertTopic.PAID_WRONG: "The forecast says that payroll would pay employees by other details than HR has.",
    AlertTopic.RECOVERED: "Something of the others, where you chose them, is over.",
}
DRIFT = {
    AlertKind.REFUSES_ACCEPTED: "The payroll no longer accepts employees that it accepted before.",
    AlertKind.SCOPE_VANISHED: "The scope asks for a branch or a field that is no longer there.",
    AlertKind.NO_LONGER_LISTED: "The HR system no longer lists employees that are linked.",
}
PAY_TOPICS = (AlertTopic.PAY_DAY, AlertTopic.PAID_WRONG)
OVER = {
    AlertTopic.FAILED: "The last run dealt with everybody again.",
    AlertTopic.HELD: "No held run waits for a decision any more.",
    AlertTopic.WAITING: "Nothing waits for you any more.",
    AlertTopic.RECONNECT: "Both systems are connected again.",
    AlertTopic.DRIFT: "What had drifted is settled.",
    AlertTopic.PAY_DAY: "The forecast no longer says that anybody would miss a pay day.",
    AlertTopic.PAID_WRONG: "The forecast no longer says that anybody would be paid wrong.",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a sentence is made of: the topic, whether it is over, what is new in it, and its number."""

    topic: AlertTopic
    ended: bool
    things: Sequence[str]
    number: int


def sentence(about: Happened) -> str:
    """Return what has happened, without the name of the connection."""
    return OVER[about.topic] if about.ended else _SENTENCES[about.topic](about)


def path(about: Happened, connection_id: int, run_id: int | None, *, sees_connections: bool = True) -> str:
    """Return where somebody looks or acts: an address of iHUB below its own."""
    if about.topic is AlertTopic.WAITING:
        plans = [thing.removeprefix(f"{PLAN}:") for thing in about.things if thing.startswith(f"{PLAN}:")]
        return f"/Reports?run={plans[-1]}" if plans else "/To_fix"
    if about.topic in PAY_TOPICS and not sees_connections:
        return "/"  # Home shows the next pay days
    if about.topic in PAY_TOPICS:
        return f"/Connections?connection={connection_id}&tab=pay+days"
    return f"/Connections?connection={connection_id}" if run_id is None else f"/Reports?run={run_id}"


def _failed(about: Happened) -> str:
    if STOPPED in about.things:
        return "The last run could not continue."
    return f"The last run could not write {_count(about.number, 'employee')}."


def _held(about: Happened) -> str:
    return (
        f"{_count(about.number, 'run')} {'is' if about.number == 1 else 'are'} held until somebody decides."
    )


def _waiting(about: Happened) -> str:
    problems = sum(thing.startswith(f"{PROBLEM}:") for thing in about.things)
    plans = sum(thing.startswith(f"{PLAN}:") for thing in about.things)
    parts = [f"{_count(problems, 'problem')} assigned to you"] if problems else []
    if plans:
        parts.append(f"{_count(plans, 'plan')} that {'needs' if plans == 1 else 'need'} your approval too")
    return f"Waiting for you: {' and '.join(parts)}."


def _reconnect(about: Happened) -> str:
    sentences = []
    for thing in about.things:
        what, _, kind = thing.partition(":")
        system = name_of(kind)
        if what == LOST:
            sentences.append(
                f"{system} no longer accepts iHUB's sign-in. An Account Admin has to reconnect it."
            )
        elif what == EXPIRES:
            sentences.append(f"The access to {system} expires within three days. Reconnect it before then.")
        else:
            sentences.append(
                f"The person who connected {system} is leaving. Ask someone who stays to reconnect it."
            )
    return " ".join(sentences)


def _drift(about: Happened) -> str:
    sentences = [text for kind, text in DRIFT.items() if kind.value in about.things]
    if CONFLICTS in about.things:
        are = "value was" if about.number == 1 else "values were"
        sentences.append(f"{about.number:,} {are} changed in payroll; somebody has to decide.")
    return " ".join(sentences)


def _pay_day(about: Happened) -> str:
    return f"{_count(about.number, 'employee')} would miss the pay day of {_days(about.things)}."


def _paid_wrong(about: Happened) -> str:
    return f"{_count(about.number, 'employee')} would be paid wrong on the pay day of {_days(about.things)}."


def _days(things: Sequence[str]) -> str:
    days = (date.fromisoformat(thing) for thing in things)
    return " and ".join(f"{day.day} {day:%B %Y}" for day in days)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_SENTENCES: dict[AlertTopic, Callable[[Happened], str]] = {
    AlertTopic.FAILED: _failed,
    AlertTopic.HELD: _held,
    AlertTopic.WAITING: _waiting,
    AlertTopic.RECONNECT: _reconnect,
    AlertTopic.DRIFT: _drift,
    AlertTopic.PAY_DAY: _pay_day,
    AlertTopic.PAID_WRONG: _paid_wrong,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One alert in a mail: the connection, what has happened, when in the account's time, and where to look."""

    connection: str
    text: str
    at: str
    address: str


def subject(account: str, lines: Sequence[Line]) -> str:
    """Return the subject of a mail: what has happened, or how much."""
    if len(lines) == 1:
        return f"{lines[0].connection}: {lines[0].text}"
    return f"{account}: {len(lines):,} alerts"


def text(account: str, lines: Iterable[Line]) -> str:
    """Return the text of a mail."""
    parts = [f"{line.connection}\n{line.text}\n{line.at}\n{line.address}" for line in lines]
    return f"{account}\n\n" + "\n\n".join(parts)
