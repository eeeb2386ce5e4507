"""One side of a connection: its system, its state, and how to connect it."""

from __future__ import annotations

from html import escape

import streamlit as st
from pydantic import BaseModel

from connectors.contract.connector import Authorisation
from connectors.contract.errors import ConfigError
from connectors.credential_forms import ApiKey, credentials_form
from connectors.registry import connector_of
from core.connections import connect
from core.connections.views import SideView
from core.models import Position, SideState
from core.operations import demo_systems
from core.security.actor import Permission
from core.sides.side_status import SideStatus
from pages.ui.connections import settings_form
from pages.ui.layout import badges, current_user, dialogs, errors, flash_messages, links, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

ROLE = {Position.SOURCE: "Source", Position.TARGET: "Destination"}


def render(user: CurrentUser, side: SideView, may_change: bool) -> None:
    """Show a side with its state, who connected it and when, and its button."""
    state = badges.badge_html(badges.SIDE_STATUS[side.status])
    lines = [
        f'<span class="hub-quiet">{ROLE[side.position]}</span>',
        f"{badges.mark_html(side.kind, side.system)}<b>{escape(side.system)}</b> {state}",
    ]
    if side.organisation:
        lines.append(escape(side.organisation))
    if side.authorised_at and side.state is not SideState.NOT_CONNECTED:
        by_person = f"by {side.authorised_by}, " if side.authorised_by else ""
        time = times.format_time(side.authorised_at, user.zone)
        lines.append(f'<span class="hub-quiet">Connected {escape(by_person)}{time}</span>')
    st.html("<br>".join(lines))
    if may_change:
        _render_connect(side)


def render_warnings(user: CurrentUser, side: SideView, may_change: bool) -> None:
    """Show what has to be done about a side, if anything, and since when."""
    match side.status:
        case SideStatus.NEEDS_RECONNECT:
            advice = "Click Reconnect." if may_change else "An Account Admin can reconnect it."
            st.warning(
                f"{plain(_reason(side))} {advice} The job, its schedule, the links between employees "
                "and the history stay as they are."
            )
        case SideStatus.EXPIRING:
            st.warning(plain(f"{side.system}: {side.status_reason}"))
        case SideStatus.UNREACHABLE:
            since = times.format_time(side.status_since, user.zone)
            st.warning(
                f"{plain(side.system)} cannot be reached (since {since}). {plain(side.status_reason or '')} "
                "iHUB keeps checking. Runs are not repeated: run the job again when it says Connected."
            )
    if side.authoriser_left:
        st.warning(
            f"{plain(side.authorised_by)}, who connected {plain(side.system)}, no longer has access to this account. "
            f"Ask someone else to reconnect {plain(side.system)} before this access is withdrawn."
        )


def _reason(side: SideView) -> str:
    """Return why a side needs attention, without the directions to this page."""
    reason = (side.status_reason or "").partition(" Open Connections")[0].strip()
    return reason or f"{side.system} must be reconnected."


def render_facts(user: CurrentUser, side: SideView) -> None:
    """Show what is known about a side, as a list."""
    zone = user.zone
    facts = {
        "Organisation": side.organisation or "not known yet",
        "State": f"{side.status}, since {times.format_time(side.status_since, zone)}",
        "Reason": side.status_reason or "",
        "Connected by": side.authorised_by or "–",
        "Connected": times.format_time(side.authorised_at, zone),
        "Last checked": times.format_time(side.probed_at, zone),
    }
    if side.connected:
        facts["Access expires"] = times.format_time(side.consent_ends_at, zone, "never")
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    st.html(f'<dl class="hub-facts">{rows}</dl>')


def _render_connect(side: SideView) -> None:
    authorisation = _authorisation(side.kind)
    label = "Reconnect" if side.connected or side.state is SideState.NEEDS_RECONNECT else "Connect"
    address, aria_label = f"/oauth/start/{side.id}", f"{label} {side.system}"
    if authorisation is Authorisation.OAUTH2 and side.connected:
        links.render_link(label, address, aria_label=aria_label)
    elif authorisation is Authorisation.OAUTH2:
        links.render_button(label, address, primary=True, aria_label=aria_label)
    elif authorisation is not None and st.button(
        label, key=f"enter {side.id}", type="tertiary" if side.connected else "primary"
    ):
        dialogs.ask("connect_side", side.connection_id, side.id, side.position, side.kind, side.system)


def _authorisation(kind: str) -> Authorisation | None:
    """Return how iHUB gets access to a system; None where its connector is gone."""
    try:
        return connector_of(kind).sign_in.method
    except ConfigError:
        return None


@st.dialog("Connect", on_dismiss="rerun")
def ask_credentials(connection_id: int, side_id: int, position: Position, kind: str, system: str) -> None:
    """Ask for what a system is connected with, try it, and store it."""
    user = require_user(Permission.CHANGE_CONNECTIONS)
    form = credentials_form(connector_of(kind))
    st.write(_what_happens(form, system))
    if page := demo_systems.key_page_url(kind):
        st.html(f'<span class="hub-quiet">The demo shows the key at {links.anchor(page, page)}.</span>')
    with st.form(f"enter {connection_id} {position}", border=False):
        entered = settings_form.render(form, f"enter {connection_id} {position}") if form else {}
        if st.form_submit_button("Test and save", type="primary"):
            with errors.shown():
                token = current_user.session_token() or ""
                side = connect.connect_or_choose(user.actor, token, connection_id, position, entered)
                if side is None:
                    links.redirect(links.address("/Connections", connection=connection_id, choose=side_id))
                    return
                flash_messages.keep(side.connected_message)
                st.rerun()


def _what_happens(form: type[BaseModel] | None, system: str) -> str:
    if form is None:
        return f"We test the connection to **{plain(system)}**."
    if form is ApiKey:
        return f"We test the key with **{plain(system)}** and store it encrypted only if it works."
    return f"We test the credentials with **{plain(system)}** and store them encrypted only if they work."
