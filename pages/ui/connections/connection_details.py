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
from pages.ui.layout import badges, errors, links, notices, tables, times
from pages.ui.layout.current_user import Visit
from pages.ui.layout.tables import Column
from pages.ui.reports import run_table

PREVIEW = "A preview shows, person by person, what a run would do. Nothing is written."


def draw(visit: Visit, wanted: str, may_change: bool) -> None:
    """Draw the connection that the address names."""
    links.link("← All connections", "/Connections")
    view = _find(visit, wanted)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.title(view.name, width="content")
    head.html(badges.badge(badges.CONNECTION[view.status]), width="content")
    notices.draw()
    if may_change:
        choose_organisation.draw(view)
    job = None if view.status is ConnectionStatus.DELETED else views.get_job(visit.actor, view.id)
    overview, sides, settings, past = st.tabs(["Overview", "Sides", "Settings", "History"])
    with overview:
        _overview(visit, view, job, may_change)
    with sides:
        _sides(visit, view, may_change)
    with settings:
        _settings(visit, view, may_change)
    with past:
        _history(visit, view)


def _find(visit: Visit, wanted: str) -> ConnectionView:
    try:
        if not wanted.isdecimal() or len(wanted) > 18:
            raise NotFoundError("There is no such connection in this account.")
        return connections.get(visit.actor, int(wanted))
    except HubError as error:
        st.error(str(error))
        st.stop()


def _overview(visit: Visit, view: ConnectionView, job: JobView | None, may_change: bool) -> None:
    if view.status is ConnectionStatus.ACTIVE and job is not None and job.last_run is None and job.can_run:
        _offer_preview(visit, view)
    with st.container(border=True, key=f"connection-{view.id}"):
        connection_card.body(visit, view, may_change and view.status is not ConnectionStatus.DELETED)
        connection_card.runs(visit, view, job)


def _offer_preview(visit: Visit, view: ConnectionView) -> None:
    st.success(f"Both sides are connected. Next step: look at a first preview. {PREVIEW}")
    if st.button("Start the first preview", type="primary", key=f"first preview {view.id}"):
        with errors.shown():
            start.run_now(visit.actor, view.id, RunKind.PREVIEW)
            links.go("/Jobs")


def _sides(visit: Visit, view: ConnectionView, may_change: bool) -> None:
    for side in (view.source, view.target):
        with st.container(border=True, key=f"side-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {side.system}**")
            side_panel.facts(visit, side)
            if may_change and side.connected and st.button("Check now", key=f"check {side.id}"):
                connections.check_side(visit.actor, view.id, side.position)
                st.rerun()


def _settings(visit: Visit, view: ConnectionView, may_change: bool) -> None:
    if not may_change or view.status is ConnectionStatus.DELETED:
        st.caption("Only an Account Admin can change the settings.")
    for side in (view.source, view.target):
        with st.container(border=True, key=f"settings-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {side.system}**")
            _side_settings(visit, view.id, side, may_change and view.status is not ConnectionStatus.DELETED)
    if may_change and view.status is not ConnectionStatus.DELETED:
        delete_connection.button(view)


def _side_settings(visit: Visit, connection_id: int, side: SideView, may_change: bool) -> None:
    try:
        kind = connector(side.kind).settings
    except ConfigError as error:
        st.error(str(error))
        return
    if not may_change:
        tables.draw([Column("Setting"), Column("Value", wide=True)], settings_form.facts(kind, side.settings))
        return
    with st.form(f"settings {side.id}", border=False):
        entered = settings_form.draw(kind, f"settings {side.id}", side.settings)
        if st.form_submit_button("Test and save", type="primary"):
            with errors.shown():
                _save(visit, connection_id, side.position, entered)


def _save(visit: Visit, connection_id: int, position: Position, entered: dict[str, object]) -> None:
    side = connections.change_settings(visit.actor, connection_id, position, entered)
    notices.say(f"The settings of {side.system} are kept.")
    st.rerun()


def _history(visit: Visit, view: ConnectionView) -> None:
    events = connection_history.connection_history(visit.actor, view.id)
    columns = [Column("When"), Column("Who"), Column("What", wide=True)]
    tables.draw(columns, [(times.moment(event.at, visit.zone), event.who, event.what) for event in events])
    st.subheader("Runs")
    run_table.draw(visit, RunFilter(connection_id=view.id))
