"""Coloured labels for states, and marks that stand in for the logos of systems."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

import streamlit as st

from core.models import Action, ConnectionStatus, Decision, RunStatus
from core.reports.outcomes.endings import Ending
from core.sides.side_status import SideStatus
from pages.ui.layout import help_mark


class Badge(NamedTuple):
    """The label of a state, its colour and its meaning."""

    label: str
    colour: str
    meaning: str = ""


RUN_STATUS = {
    RunStatus.QUEUED: Badge("QUEUED", "grey", "Waiting to start."),
    RunStatus.RUNNING: Badge("RUNNING", "blue", "In progress."),
    RunStatus.COMPLETE: Badge("COMPLETE", "green", "All employees were processed without errors."),
    RunStatus.ERROR: Badge("ERROR", "red", "The run could not continue."),
    RunStatus.HELD: Badge(
        "HELD", "amber", "Stopped before the first change because it would exceed the limits."
    ),
    RunStatus.CANCELLED: Badge("CANCELLED", "grey", "Stopped by a person, or taken back before it started."),
}
# A run with errors that reached its end is no failure of the run: it has another colour, wherever it is shown.
RUN_ENDINGS = {
    Ending.FINISHED_WITH_ERRORS: Badge(
        "ERROR", "amber", "Everybody was processed, and some employees could not be written."
    ),
    Ending.COULD_NOT_RUN: Badge("ERROR", "red", "Nothing was written. The report says why."),
    Ending.STOPPED_PART_WAY: Badge("ERROR", "red", "Some were written before the run had to stop."),
}
# What a run can be shown as, for lists of what the labels mean.
RUN_LABELS = (
    *(badge for status, badge in RUN_STATUS.items() if status is not RunStatus.ERROR),
    *(badge._replace(label=f"{badge.label}, {words}") for words, badge in RUN_ENDINGS.items()),
)
CONNECTION_STATUS = {
    ConnectionStatus.DRAFT: Badge("Not connected yet", "grey", "Connect both systems to make it Active."),
    ConnectionStatus.ACTIVE: Badge("Active", "green", "Both systems are connected; jobs can run."),
    ConnectionStatus.ATTENTION: Badge("Needs attention", "red", "One of the systems must be reconnected."),
    ConnectionStatus.DELETED: Badge("Deleted", "grey", "Kept for its reports."),
}
SIDE_STATUS = {
    SideStatus.NOT_CONNECTED: Badge("Not connected", "grey", "This system has not been connected yet."),
    SideStatus.CONNECTED: Badge("Connected", "green", "iHUB has access to this system."),
    SideStatus.EXPIRING: Badge("Expiring", "amber", "iHUB's access ends soon. Reconnect to renew it."),
    SideStatus.UNREACHABLE: Badge(
        "Unreachable", "amber", "The system is not responding at the moment. iHUB keeps trying."
    ),
    SideStatus.NEEDS_RECONNECT: Badge(
        "Needs reconnect", "red", "The system no longer accepts iHUB's access."
    ),
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
# Colours of systems' marks.
MARK_COLOURS = ("#0f6e84", "#7a4b9c", "#9c4a22", "#17633a", "#8a2c5e", "#124f87", "#5b5a1e", "#4d5f6c")


def badge_html(badge: Badge) -> str:
    """Return the HTML of a state's badge."""
    return label_html(badge.label, badge.colour, badge.meaning)


def run_html(status: RunStatus, ending: Ending, *more: str, separator: str = " ") -> str:
    """Return the HTML of a run's status, with how it ended in words beside it, and more words."""
    badge = badge_html(RUN_ENDINGS.get(ending, RUN_STATUS[status]))
    words = [f'<span class="hub-quiet">{escape(word)}</span>' for word in (ending.value, *more) if word]
    return separator.join([badge, *words])


def label_html(label: str, colour: str, meaning: str = "") -> str:
    """Return the HTML of a coloured label."""
    title = f' title="{escape(meaning)}"' if meaning else ""
    return f'<span class="hub-badge hub-{colour}"{title}>{escape(label)}</span>'


def meanings(badges: Iterable[Badge]) -> str:
    """Return what labels mean, in one text."""
    return " ".join(f"{badge.label}: {badge.meaning}" for badge in badges)


def render_legend(badges: Iterable[Badge]) -> None:
    """Show what labels mean, folded away, for those who cannot point at each of them."""
    meanings = [(label_html(badge.label, badge.colour), badge.meaning) for badge in badges]
    st.html(help_mark.legend_html("What the labels mean", meanings))


def mark_html(kind: str, name: str) -> str:
    """Return the HTML of a system's mark, two letters on a colour; a kind always has the same colour."""
    colour = MARK_COLOURS[zlib.crc32(kind.encode()) % len(MARK_COLOURS)]
    return f'<span class="hub-mark" style="background: {colour}" aria-hidden="true">{escape(name[:2])}</span>'
