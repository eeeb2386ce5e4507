"""One connection in detail: overview, sides, settings and history."""

from __future__ import annotations

import streamlit as st

from connectors.contract.errors import ConfigError
from connectors.registry import connector
from core.connections import connections
from core.connections.views import ConnectionView, SideView
from core.errors import HubError, NotFoundError
from core.jobs import start, views
from core.jobs.views import JobView
from core.models import ConnectionStatus, Position, RunKind
from core.reports import connection_history
from core.reports.run_list import RunFilter
from pages.ui.connections import (
    choose_organisation,
    connection_card,
    delete_connection,
    settings_form,
    side_panel,
)
from pages.ui.layout import badges, errors, flash_messages, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column
from pages.ui.reports import run_table

PREVIEW = "A preview shows, person by person, what a run would do. Nothing is written."


def render(user: CurrentUser, wanted: str, may_change: bool) -> None:
    """Draw the connection that the address names."""
    links.render_link("← All connections", "/Connections")
    view = _find(user, wanted)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.title(view.name, width="content")
    head.html(badges.badge_html(badges.CONNECTION_STATUS[view.status]), width="content")
    flash_messages.render()
    if may_change:
        choose_organisation.render(view)
    job = None if view.status is ConnectionStatus.DELETED else views.get(user.actor, view.id)
    overview, sides, settings, past = st.tabs(["Overview", "Sides", "Settings", "History"])
    with overview:
        _overview(user, view, job, may_change)
    with sides:
        _sides(user, view, may_change)
    with settings:
        _settings(user, view, may_change)
    with past:
        _history(user, view)


def _find(user: CurrentUser, wanted: str) -> ConnectionView:
    try:
        if not wanted.isdecimal() or len(wanted) > 18:
            raise NotFoundError("There is no such connection in this account.")
        return connections.get(user.actor, int(wanted))
    except HubError as error:
        st.error(str(error))
        st.stop()


def _overview(user: CurrentUser, view: ConnectionView, job: JobView | None, may_change: bool) -> None:
    if view.status is ConnectionStatus.ACTIVE and job is not None and job.last_run is None and job.can_run:
        _offer_preview(user, view)
    with st.container(border=True, key=f"connection-{view.id}"):
        connection_card.render_sides(user, view, may_change and view.status is not ConnectionStatus.DELETED)
        connection_card.render_runs(user, view, job)


def _offer_preview(user: CurrentUser, view: ConnectionView) -> None:
    st.success(f"Both sides are connected. Next step: look at a first preview. {PREVIEW}")
    if st.button("Start the first preview", type="primary", key=f"first preview {view.id}"):
        with errors.shown():
            start.run_now(user.actor, view.id, RunKind.PREVIEW)
            links.redirect("/Jobs")


def _sides(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    for side in (view.source, view.target):
        with st.container(border=True, key=f"side-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {side.system}**")
            side_panel.render_facts(user, side)
            if may_change and side.connected and st.button("Check now", key=f"check {side.id}"):
                connections.check_side(user.actor, view.id, side.position)
                st.rerun()


def _settings(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    if not may_change or view.status is ConnectionStatus.DELETED:
        st.caption("Only an Account Admin can change the settings.")
    for side in (view.source, view.target):
        with st.container(border=True, key=f"settings-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {side.system}**")
            _side_settings(user, view.id, side, may_change and view.status is not ConnectionStatus.DELETED)
    if may_change and view.status is not ConnectionStatus.DELETED:
        delete_connection.render_button(view)


def _side_settings(user: CurrentUser, connection_id: int, side: SideView, may_change: bool) -> None:
    try:
        kind = connector(side.kind).settings
    except ConfigError as error:
        st.error(str(error))
        return
    if not may_change:
        tables.render(
            [Column("Setting"), Column("Value", wide=True)], settings_form.facts(kind, side.settings)
        )
        return
    with st.form(f"settings {side.id}", border=False):
        entered = settings_form.render(kind, f"settings {side.id}", side.settings)
        if st.form_submit_button("Test and save", type="primary"):
            with errors.shown():
                _save(user, connection_id, side.position, entered)


def _save(user: CurrentUser, connection_id: int, position: Position, entered: dict[str, object]) -> None:
    side = connections.change_settings(user.actor, connection_id, position, entered)
    flash_messages.keep(f"The settings of {side.system} are kept.")
    st.rerun()


def _history(user: CurrentUser, view: ConnectionView) -> None:
    events = connection_history.of_connection(user.actor, view.id)
    columns = [Column("When"), Column("Who"), Column("What", wide=True)]
    tables.render(
        columns, [(times.format_time(event.at, user.zone), event.who, event.what) for event in events]
    )
    st.subheader("Runs")
    run_table.render(user, RunFilter(connection_id=view.id))
