"""What has happened of the account's connections, and what could not be delivered."""

from __future__ import annotations

import streamlit as st

from core.alerts import feed
from core.alerts.feed import EventView, UndeliveredView
from core.security.actor import Permission
from pages.ui.layout import badges, current_user, links, refreshing, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html

COLUMNS = (Column("When"), Column("Integration"), Column("What", wide=True), Column("Go to"))


def render(user: CurrentUser) -> None:
    """Show what happened, again every few seconds. What is there when somebody opens the page counts as seen."""
    newest = feed.list_events(user.actor)[:1]
    refreshing.render(_render_events)
    for event in newest:
        if event.is_new and not st.session_state.get(current_user.UNATTENDED):
            feed.mark_seen(user.actor, event.id)


def _render_events() -> None:
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    for view in feed.list_undelivered(user.actor):
        st.warning(plain(_undelivered(view, user)))
    events = feed.list_events(user.actor)
    if not events:
        st.markdown("Nothing has happened that you chose to hear of.")
        return
    st.caption("Each change is shown once: a run that fails like the one before is no change.")
    tables.render(COLUMNS, [_cells(event, user) for event in events], stacked=True)


def _cells(event: EventView, user: CurrentUser) -> list[object]:
    label = badges.label_html("Over", "green") if event.ended else ""
    new = badges.label_html("New", "blue") if event.is_new else ""
    text = f"{new} {label} {tables.cell_html(event.text)}".strip()
    link = links.anchor("Open", event.path, aria_label=f"Open what this alert of {event.connection} is about")
    return [times.format_time(event.at, user.zone), event.connection, Html(text), Html(link)]


def _undelivered(view: UndeliveredView, user: CurrentUser) -> str:
    many = "1 message" if view.number == 1 else f"{view.number:,} messages"
    tries = "once" if view.attempts == 1 else f"{view.attempts} times"
    if view.next_try_at is None:
        last = f"Given up after {view.attempts} tries. What it said stands below."
    else:
        last = f"Tried {tries}; the next try is at {times.format_time(view.next_try_at, user.zone)}."
    return f"Not delivered ({view.channel}, {view.connection}, {many}): {view.answer} {last}"
