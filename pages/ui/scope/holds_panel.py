"""People on hold: list them, put somebody on hold, release them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core.scope import holds
from core.scope.holds import HoldView
from core.scope_editor import current
from core.scope_editor.current import ScopeView
from pages.ui.layout import errors, flash_messages, times, unsaved
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.scope.row_form import MOST_NAMES


def render(user: CurrentUser, view: ScopeView, may_change: bool) -> None:
    """Show who is on hold; an Account Admin can put people on hold and release them."""
    st.header("On hold", anchor=False)
    st.caption("Nothing is written for somebody on hold, until they are released or the hold ends.")
    names = current.people_names(user.actor, view.connection_id)
    listed = holds.list_holds(user.actor, view.connection_id)
    if not listed:
        st.markdown("Nobody is on hold.")
    for hold in listed:
        _render_hold(user, view, hold, names.get(hold.source_id), may_change)
    if may_change and view.pairing_id is not None:
        _render_form(user, view, names)


def _render_hold(
    user: CurrentUser, view: ScopeView, hold: HoldView, known: str | None, may_change: bool
) -> None:
    name = known or f"Source ID {hold.source_id}, which no run has read yet"
    row = st.container(horizontal=True, vertical_alignment="center", border=True)
    until = f" until {hold.last_day:%d %b %Y}" if hold.last_day else ""
    since = times.format_time(hold.put_at, user.zone)
    since = f"by {hold.put_by}, {since}" if hold.put_by else since
    row.markdown(f"**{plain(name)}**{until}: {plain(hold.reason)}  \n{plain(since)}")
    if may_change and row.button("Release", key=f"release {hold.id}"):
        with errors.shown():
            holds.release(user.actor, view.connection_id, hold.source_id)
            flash_messages.keep(f"{name} is released. The next run writes what has changed.")
            st.rerun()


def _render_form(user: CurrentUser, view: ScopeView, names: dict[str, str]) -> None:
    name = f"hold {view.connection_id}"
    entries = unsaved.entries_of(name, None)
    with st.expander("Put somebody on hold", expanded=entries.is_changed):
        source_id = st.selectbox(
            "Employee",
            list(names)[:MOST_NAMES],
            index=None,
            format_func=lambda each: f"{names[each]} · {each}" if each in names else each,
            accept_new_options=True,
            placeholder="Search a name, or type a source ID",
            key=f"{entries.key} employee",
        )
        reason = st.text_input("Reason", max_chars=holds.REASON_LENGTH, key=f"{entries.key} reason")
        last_day: date | None = st.date_input(
            "Last day (empty: until released)", None, min_value=view.today, key=f"{entries.key} last day"
        )
        entered = source_id or "", reason, last_day
        entries.keep(entered)
        with st.container(horizontal=True, vertical_alignment="center"):
            is_clicked = st.button("Put on hold", key=f"put {name}")
            if entries.is_changed and unsaved.render_discard(f"discard {name}"):
                unsaved.forget(name)
                st.rerun()
        if is_clicked:
            with errors.shown():
                _put(user, view, names, entered)


def _put(
    user: CurrentUser, view: ScopeView, names: dict[str, str], entered: tuple[str, str, date | None]
) -> None:
    typed, reason, last_day = entered
    source_id = current.find_source_id(user.actor, view.connection_id, typed)
    holds.put(user.actor, view.connection_id, source_id, reason, last_day)
    unsaved.forget(f"hold {view.connection_id}")
    name = names.get(source_id, f"The employee with the source ID {source_id}")
    flash_messages.keep(f"{name} is on hold. The next run leaves them as they are.")
    st.rerun()
