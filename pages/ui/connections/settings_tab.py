"""The Settings tab of a connection: a form for each system, and deleting the connection."""

from __future__ import annotations

import streamlit as st

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from core.connections import connections
from core.connections.views import ConnectionView, SideView
from core.mapping import choices
from core.models import ConnectionStatus, Position
from pages.ui.connections import delete_connection, employee_files, settings_form, side_panel
from pages.ui.layout import errors, flash_messages, tables, times, unsaved
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column


def render(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    """Show the settings of both systems; only an Account Admin can change them."""
    may_change = may_change and view.status is not ConnectionStatus.DELETED
    if not may_change:
        st.caption("Only an Account Admin can change the settings.")
    for side in (view.source, view.target):
        with st.container(border=True, key=f"settings-{side.id}"):
            st.markdown(f"**{side_panel.ROLE[side.position]}: {plain(side.system)}**")
            _render_side(user, view.id, side, may_change)
            if may_change:
                employee_files.render(user, view.id, side)
    if may_change:
        delete_connection.render_button(view)


def _render_side(user: CurrentUser, connection_id: int, side: SideView, may_change: bool) -> None:
    try:
        settings_type = connector_of(side.kind).settings
    except ConfigError as error:
        errors.render(error)
        return
    if not may_change:
        tables.render(
            [Column("Setting"), Column("Value", wide=True)], settings_form.facts(settings_type, side.settings)
        )
        return
    name = f"settings {side.id}"
    offers, remarks = _offers(user, connection_id, side)
    entries = unsaved.entries_of(name, side.settings)
    entered = settings_form.render(settings_type, entries.key, side.settings, offers)
    secrets = settings_form.secret_names(settings_type)
    entries.keep(entered, {f"{entries.key} {secret}" for secret in secrets})
    for remark in remarks:
        st.caption(plain(remark))
    with st.container(horizontal=True, vertical_alignment="center"):
        is_clicked = st.button("Test and save", type="primary", key=f"save {name}")
        if entries.is_changed and unsaved.render_discard(f"discard {name}"):
            unsaved.forget(name)
            st.rerun()
    if is_clicked:
        with errors.shown():
            _save(connection_id, side, entered, user)
    with st.container():  # below the button, in the tab that was saved
        flash_messages.render_at(_saved_place(connection_id, side.position))


def _offers(user: CurrentUser, connection_id: int, side: SideView) -> tuple[settings_form.Offers, list[str]]:
    """Return what settings of a target can be chosen from, and how old each list is."""
    if side.position is not Position.TARGET or not side.connected:
        return {}, []
    offers: dict[str, dict[str, str]] = {}
    remarks = []
    for view in choices.list_choices(user.actor, connection_id):
        for name in view.settings if view.read_at is not None else ():
            offers[name] = {entry.id: entry.label for entry in view.entries}
        if view.settings and view.read_at is not None:
            age = f"{view.label} as read {times.format_time(view.read_at, user.zone)}."
            remarks.append(f"{age} {view.problem}" if view.problem else age)
        elif view.settings:
            remarks.append(
                view.problem
                or f"{view.label}: the list is being read. Open this page again to choose from it."
            )
    return offers, remarks


def _save(connection_id: int, side: SideView, entered: dict[str, object], user: CurrentUser) -> None:
    saved = connections.change_settings(user.actor, connection_id, side.position, entered)
    unsaved.forget(f"settings {side.id}")
    flash_messages.keep(f"Settings for {saved.system} saved.", _saved_place(connection_id, side.position))
    st.rerun()


def _saved_place(connection_id: int, position: Position) -> str:
    return f" settings {connection_id} {position}"
