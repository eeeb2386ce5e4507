"""States in colour and in words."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from core.models import Action, ConnectionStatus, Decision, RunKind, RunStatus
from core.sides.side_status import SideStatus


class Look(NamedTuple):
    """What a state is called, its colour, and what it means."""

    label: str
    colour: str
    meaning: str = ""


RUN = {
    RunStatus.QUEUED: Look("QUEUED", "grey", "Waiting for its turn."),
    RunStatus.RUNNING: Look("RUNNING", "blue", "Going on now."),
    RunStatus.COMPLETE: Look("COMPLETE", "green", "Every employee was dealt with and nothing failed."),
    RunStatus.ERROR: Look("ERROR", "red", "The run could not go on, or some employees could not be written."),
    RunStatus.HELD: Look(
        "HELD", "amber", "Stopped before the first change: it would have changed more than allowed."
    ),
    RunStatus.CANCELLED: Look("CANCELLED", "grey", "Somebody cancelled it."),
}
CONNECTION = {
    ConnectionStatus.DRAFT: Look("Not connected yet", "grey", "Connect both sides to make it Active."),
    ConnectionStatus.ACTIVE: Look("Active", "green", "Both sides are connected; jobs can run."),
    ConnectionStatus.ATTENTION: Look("Needs attention", "red", "A side has to be connected again."),
    ConnectionStatus.DELETED: Look("Deleted", "grey", "Kept for its reports."),
}
SIDE = {
    SideStatus.NOT_CONNECTED: Look("Not connected", "grey", "Nobody has connected this side yet."),
    SideStatus.CONNECTED: Look("Connected", "green", "The system lets iHUB in."),
    SideStatus.EXPIRING: Look("Expiring", "amber", "The sign-in ends soon and has to be given again."),
    SideStatus.UNREACHABLE: Look(
        "Unreachable", "amber", "The system does not answer just now; iHUB keeps trying."
    ),
    SideStatus.NEEDS_RECONNECT: Look("Needs reconnect", "red", "The system does not let iHUB in any more."),
}
DECISION = {
    Decision.FILTERED: "amber",
    Decision.HELD: "amber",
    Decision.AMBIGUOUS: "amber",
    Decision.ALREADY_LINKED: "amber",
    Decision.ERROR: "red",
}
ACTION = {
    Action.CREATED: "green",
    Action.UPDATED: "green",
    Action.TERMINATED: "green",
    Action.NOT_WRITTEN: "amber",
    Action.FAILED: "red",
    Action.PENDING: "blue",
}
KIND = {RunKind.SYNC: "Synchronise", RunKind.PREVIEW: "Preview", RunKind.ONE_PERSON: "One person"}


def badge(look: Look) -> str:
    """Return the HTML of a badge."""
    return pill(look.label, look.colour, look.meaning)


def pill(label: str, colour: str, meaning: str = "") -> str:
    """Return the HTML of a coloured label."""
    title = f' title="{escape(meaning)}"' if meaning else ""
    return f'<span class="hub-badge hub-{colour}"{title}>{escape(label)}</span>'
