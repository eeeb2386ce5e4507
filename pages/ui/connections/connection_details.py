"""One connection in detail: overview, systems, readiness, settings and history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.connections import connections
from core.connections.views import ConnectionView
from core.errors import HubError, NotFoundError
from core.jobs import start, views
from core.models import ConnectionStatus, RunKind
from core.reports import connection_history
from core.reports.run_filter import RunFilter
from core.security.actor import Permission
from core.security.ownership import NO_CONNECTION
from pages.ui.connections import (
    choose_organisation,
    connection_card,
    settings_tab,
    side_panel,
)
from pages.ui.layout import (
    badges,
    errors,
    flash_messages,
    links,
    refreshing,
    tables,
    times,
    unsaved,
    url_filters,
)
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column
from pages.ui.mapping import mapping_tab
from pages.ui.pay_days import pay_days_tab
from pages.ui.readiness import readiness_tab
from pages.ui.reports import run_table
from pages.ui.scope import scope_tab

OVERVIEW = "Overview"
TABS = (OVERVIEW, "Mapping", "Scope", "Readiness", "Pay days", "Systems", "Settings", "History")
SHOWN_TAB = "tab that is shown"
PREVIEW = "A preview shows, employee by employee, what a run would do. Nothing is written."


def render(user: CurrentUser, parameter: str, may_change: bool) -> None:
    """Show the connection whose id is in the address."""
    links.render_link("← All connections", "/Connections")
    view = _find(user, parameter)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.title(plain(view.name), anchor=False, width="content")
    head.html(badges.badge_html(badges.CONNECTION_STATUS[view.status]), width="content")
    with st.container():  # one place, shown or not, so that the tab that is open stays open
        flash_messages.render()
        if may_change:
            choose_organisation.render(view)
    _render_tabs(user, view, may_change)


def _render_tabs(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    """Show the tabs, and the content of the one that the address names; the others cost nothing."""
    is_deleted = view.status is ConnectionStatus.DELETED
    parts: tuple[Callable[[], None], ...] = (
        partial(refreshing.render, partial(_render_overview, str(view.id))),
        _render_deleted if is_deleted else partial(mapping_tab.render, user, view.id, may_change),
        partial(scope_tab.render, user, view.id, may_change and not is_deleted),
        _render_deleted if is_deleted else partial(readiness_tab.render, user, view.id),
        _render_deleted if is_deleted else partial(pay_days_tab.render, user, view.id, may_change),
        partial(_render_systems, user, view, may_change),
        partial(settings_tab.render, user, view, may_change),
        partial(_render_history, user, view),
    )
    key, asked = f"tab of {view.id}", st.query_params.get("tab")
    open_tab = next((name for name in TABS if name.casefold() == asked), OVERVIEW)
    if st.session_state.get(key) != open_tab:
        st.session_state[key] = open_tab
    if st.session_state.get(SHOWN_TAB) != (view.id, open_tab):
        st.session_state[SHOWN_TAB] = view.id, open_tab
        unsaved.leave()
    for name, tab, render_part in zip(
        TABS, st.tabs(TABS, key=key, on_change=_store_tab, args=(key,)), parts, strict=True
    ):
        if name == open_tab:
            with tab:
                render_part()


def _render_deleted() -> None:
    st.caption("The connection was deleted.")


def _store_tab(key: str) -> None:
    """Keep the open tab in the address."""
    name = st.session_state[key]
    url_filters.store({"tab": None if name == OVERVIEW else name.casefold()})


def _find(user: CurrentUser, parameter: str) -> ConnectionView:
    try:
        if not parameter.isdecimal() or len(parameter) > 18:
            raise NotFoundError(NO_CONNECTION)
        return connections.get(user.actor, int(parameter))
    except HubError as error:
        st.title("Connections", anchor=False)
        errors.render(error)
        st.stop()


def _render_overview(parameter: str) -> None:
    user = require_user(Permission.SEE_CONNECTIONS, clicked=False)
    view = _find(user, parameter)
    is_deleted = view.status is ConnectionStatus.DELETED
    job = None if is_deleted else views.get_job(user.actor, view.id)
    if job is not None and job.can_run and not job.newest_run_id:
        _offer_preview(user, view)
    with st.container(border=True, key=f"connection-{view.id}"):
        may_change = user.actor.may(Permission.CHANGE_CONNECTIONS) and not is_deleted
        connection_card.render_sides(user, view, may_change)
        connection_card.render_runs(user, view, job)
    badges.render_legend(connection_card.LABELS)


def _offer_preview(user: CurrentUser, view: ConnectionView) -> None:
    st.success(f"Both systems are connected. Next step: look at a first preview. {PREVIEW}")
    if st.button("Run the first preview", type="primary", key=f"first preview {view.id}"):
        with errors.shown():
            start.run_now(user.actor, view.id, RunKind.PREVIEW)
            links.redirect("/Jobs")


def _render_systems(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    for side in (view.source, view.target):
        with st.container(border=True, key=f"side-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {plain(side.system)}**")
            side_panel.render_facts(user, side)
            if may_change and side.connected and st.button("Check now", key=f"check {side.id}"):
                connections.check_side(user.actor, view.id, side.position)
                st.rerun()


def _render_history(user: CurrentUser, view: ConnectionView) -> None:
    events = connection_history.connection_history(user.actor, view.id)
    columns = [Column("When"), Column("Who"), Column("What", wide=True)]
    tables.render(
        columns, [(times.format_time(event.at, user.zone), event.who, event.what) for event in events]
    )
    st.header("Runs", anchor=False)
    run_table.render(user, RunFilter(connection_id=view.id))
