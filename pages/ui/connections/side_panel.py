"""One side of a connection: its system, how it stands, and the way to connect it."""

from __future__ import annotations

from html import escape

import streamlit as st

from connectors.contract.connector import Authorisation
from connectors.contract.errors import ConfigError
from connectors.credential_forms import form_of
from connectors.registry import connector
from core.connections import connect
from core.connections.views import SideView
from core.models import Position, SideState
from core.operations import demo_systems
from core.security.actor import Permission
from core.sides.side_status import SideStatus
from pages.ui.connections import settings_form
from pages.ui.layout import badges, current_user, errors, links, notices, system_mark, times
from pages.ui.layout.current_user import Visit, require_user

ROLE = {Position.SOURCE: "Source", Position.TARGET: "Target"}


def draw(visit: Visit, side: SideView, may_change: bool) -> None:
    """Draw a side with its state, who connected it and when, and its button."""
    state = badges.badge(badges.SIDE[side.status])
    lines = [
        f'<span class="hub-quiet">{ROLE[side.position]}</span>',
        f"{system_mark.mark(side.kind, side.system)}<b>{escape(side.system)}</b> {state}",
    ]
    if side.organisation:
        lines.append(escape(side.organisation))
    if side.authorised_at and side.state is not SideState.NOT_CONNECTED:
        who = f"by {side.authorised_by}, " if side.authorised_by else ""
        lines.append(
            f'<span class="hub-quiet">Connected {escape(who)}{times.moment(side.authorised_at, visit.zone)}</span>'
        )
    st.html("<br>".join(lines))
    if may_change:
        _connect(side)


def warn(visit: Visit, side: SideView) -> None:
    """Say what has to be done about a side, if anything, and since when."""
    since = f" (since {times.moment(side.status_since, visit.zone)})"
    match side.status:
        case SideStatus.NEEDS_RECONNECT:
            st.warning(
                f"{_reason(side)} Press Reconnect: the job, its schedule, the links and the history stay."
            )
        case SideStatus.EXPIRING:
            st.warning(f"{side.system}: {side.status_reason}")
        case SideStatus.UNREACHABLE:
            st.warning(
                f"{side.system} cannot be reached{since}. {side.status_reason or ''} iHUB keeps trying."
            )
    if side.authoriser_left:
        st.warning(
            f"{side.authorised_by}, who connected {side.system}, has no access to this account any more. "
            f"Let somebody else connect {side.system} again, before its sign-in is withdrawn."
        )


def _reason(side: SideView) -> str:
    """Return why a side needs somebody, without the way here."""
    reason = (side.status_reason or "").partition(" Open Connections")[0].strip()
    return reason or f"{side.system} has to be connected again."


def facts(visit: Visit, side: SideView) -> None:
    """Draw what is known about a side, as a list."""
    zone = visit.zone
    known = {
        "Organisation": side.organisation or "not known yet",
        "State": f"{side.status}, since {times.moment(side.status_since, zone)}",
        "Why": side.status_reason or "",
        "Connected by": side.authorised_by or "–",
        "Connected": times.moment(side.authorised_at, zone),
        "Last asked": times.moment(side.probed_at, zone),
        "Sign-in ends unless renewed": times.moment(side.consent_ends_at, zone, "it does not end"),
    }
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in known.items()
        if value
    )
    st.html(f'<dl class="hub-facts">{rows}</dl>')


def _connect(side: SideView) -> None:
    way = _authorisation(side.kind)
    label = "Reconnect" if side.state is SideState.NEEDS_RECONNECT else "Connect"
    if way is Authorisation.OAUTH2 and side.connected:
        links.link("Connect again", f"/oauth/start/{side.id}", spoken=f"Connect again: {side.system}")
    elif way is Authorisation.OAUTH2:
        links.button(label, f"/oauth/start/{side.id}", primary=True, spoken=f"{label} {side.system}")
    elif way is not None and _asked(side, label):
        _enter(side.connection_id, side.id, side.position, side.kind, side.system)


def _asked(side: SideView, label: str) -> bool:
    if side.connected:
        return st.button("Connect again", key=f"enter {side.id}", type="tertiary")
    return st.button(label, key=f"enter {side.id}", type="primary")


def _authorisation(kind: str) -> Authorisation | None:
    """Return how a system lets iHUB in; None where its connector is gone."""
    try:
        return connector(kind).authorisation
    except ConfigError:
        return None


@st.dialog("Connect")
def _enter(connection_id: int, side_id: int, position: Position, kind: str, system: str) -> None:
    visit = require_user(Permission.CHANGE_CONNECTIONS)
    st.write(f"**{system}** is asked whether it accepts this; only then is it kept, encrypted.")
    if page := demo_systems.key_page_url(kind):
        st.caption(f"The demo shows the key at [{page}]({page}).")
    form = form_of(connector(kind))
    with st.form(f"enter {connection_id} {position}", border=False):
        entered = settings_form.draw(form, f"enter {connection_id} {position}") if form else {}
        if st.form_submit_button("Test and save", type="primary"):
            with errors.shown():
                side = connect.connect_or_choose(
                    visit.actor, current_user.session_token() or "", connection_id, position, entered
                )
                if side is None:
                    links.go(links.address("/Connections", connection=connection_id, choose=side_id))
                    return
                notices.say(side.connected_message)
                st.rerun()
