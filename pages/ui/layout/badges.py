"""States in colour and in words."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from core.models import Action, ConnectionStatus, Decision, RunKind, RunStatus
from core.sides.side_status import SideStatus


class Badge(NamedTuple):
    """What a state is called, its colour, and what it means."""

    label: str
    colour: str
    meaning: str = ""


RUN_STATUS = {
    RunStatus.QUEUED: Badge("QUEUED", "grey", "Waiting for its turn."),
    RunStatus.RUNNING: Badge("RUNNING", "blue", "Going on now."),
    RunStatus.COMPLETE: Badge("COMPLETE", "green", "Every employee was dealt with and nothing failed."),
    RunStatus.ERROR: Badge(
        "ERROR", "red", "The run could not go on, or some employees could not be written."
    ),
    RunStatus.HELD: Badge(
        "HELD", "amber", "Stopped before the first change: it would have changed more than allowed."
    ),
    RunStatus.CANCELLED: Badge("CANCELLED", "grey", "Somebody cancelled it."),
}
CONNECTION_STATUS = {
    ConnectionStatus.DRAFT: Badge("Not connected yet", "grey", "Connect both sides to make it Active."),
    ConnectionStatus.ACTIVE: Badge("Active", "green", "Both sides are connected; jobs can run."),
    ConnectionStatus.ATTENTION: Badge("Needs attention", "red", "A side has to be connected again."),
    ConnectionStatus.DELETED: Badge("Deleted", "grey", "Kept for its reports."),
}
SIDE_STATUS = {
    SideStatus.NOT_CONNECTED: Badge("Not connected", "grey", "Nobody has connected this side yet."),
    SideStatus.CONNECTED: Badge("Connected", "green", "The system lets iHUB in."),
    SideStatus.EXPIRING: Badge("Expiring", "amber", "The sign-in ends soon and has to be given again."),
    SideStatus.UNREACHABLE: Badge(
        "Unreachable", "amber", "The system does not answer just now; iHUB keeps trying."
    ),
    SideStatus.NEEDS_RECONNECT: Badge("Needs reconnect", "red", "The system does not let iHUB in any more."),
}
DECISION_COLOURS = {
    Decision.FILTERED: "amber",
    Decision.HELD: "amber",
    Decision.AMBIGUOUS: "amber",
    Decision.ALREADY_LINKED: "amber",
    Decision.ERROR: "red",
}
ACTION_COLOURS = {
    Action.CREATED: "green",
    Action.UPDATED: "green",
    Action.TERMINATED: "green",
    Action.NOT_WRITTEN: "amber",
    Action.FAILED: "red",
    Action.PENDING: "blue",
}
RUN_KIND = {RunKind.SYNC: "Synchronise", RunKind.PREVIEW: "Preview", RunKind.ONE_PERSON: "One person"}


def badge_html(look: Badge) -> str:
    """Return the HTML of a badge."""
    return label_html(look.label, look.colour, look.meaning)


def label_html(label: str, colour: str, meaning: str = "") -> str:
    """Return the HTML of a coloured label."""
    title = f' title="{escape(meaning)}"' if meaning else ""
    return f'<span class="hub-badge hub-{colour}"{title}>{escape(label)}</span>'
