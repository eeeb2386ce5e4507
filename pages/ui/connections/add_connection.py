"""The dialog that adds a connection: two systems chosen from cards, and a name."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from connectors.contract.connector import Authorisation, Connector
from connectors.credential_forms import ApiKey, form_of
from connectors.registry import connectors
from core.connections import connections
from core.operations import demo_systems
from core.security.actor import Permission
from pages.ui.connections import settings_form
from pages.ui.layout import errors, links, system_mark
from pages.ui.layout.current_user import require_user

DIRECTION = {"source": "iHUB reads from it.", "target": "iHUB writes to it."}
MEANING = {"source": "Employees are read from here.", "target": "Employees are written to here."}
WAY = {
    Authorisation.OAUTH2: "You sign in there and allow iHUB to use it.",
    Authorisation.API_KEY: "You enter a key it gave you.",
    Authorisation.BEARER: "You enter a key it gave you.",
    Authorisation.BASIC: "You enter a user name and a password.",
    Authorisation.FORM: "You enter how to reach it.",
    Authorisation.NONE: "Nothing has to be entered.",
}


def _way(one: Connector) -> str:
    return WAY[Authorisation.API_KEY if form_of(one) is ApiKey else one.authorisation]


@st.dialog("Add connection", width="large")
def ask() -> None:
    """Choose two systems and a name; the sides are connected afterwards."""
    visit = require_user(Permission.CHANGE_CONNECTIONS)
    source = _choose("source")
    target = _choose("target", but=source)
    if source is None or target is None:
        st.info("Choose the system on each side.")
        return
    settings = [_settings(role, one) for role, one in (("source", source), ("target", target))]
    name = st.text_input("Name", placeholder=f"{source.name} → {target.name}", max_chars=200)
    if st.button("Add", type="primary"):
        with errors.shown():
            added = connections.create(visit.actor, name, source.kind, target.kind, *settings)
            links.go(links.address("/Connections", connection=added))


def _choose(role: str, but: Connector | None = None) -> Connector | None:
    """Draw a card for each system that can play a role; return the one that is chosen."""
    fitting = [one for one in connectors() if role in one.plays() and one != but]
    st.markdown(f"**{role.title()}** · {MEANING[role]}")
    kept = f"add {role}"
    chosen = next((one for one in fitting if one.kind == st.session_state.get(kept)), None)
    chosen = chosen or (fitting[0] if len(fitting) == 1 else None)
    for first in range(0, len(fitting), 3):
        for column, one in zip(st.columns(3), fitting[first : first + 3], strict=False):
            with column:
                _card(role, kept, one, one is chosen)
    return chosen


def _card(role: str, kept: str, one: Connector, chosen: bool) -> None:
    def choose() -> None:
        st.session_state[kept] = one.kind

    directions = " ".join(DIRECTION[each] for each in one.plays())
    with st.container(border=True, key=f"card-{role}-{one.kind}"):
        st.html(
            f"{system_mark.mark(one.kind, one.name)}<b>{escape(one.name)}</b><br>{escape(one.summary)}<br>"
            f'<span class="hub-quiet">{directions} {_way(one)}</span>'
        )
        label = "Chosen" if chosen else f"Choose {one.name}"
        st.button(label, key=f"choose {role} {one.kind}", on_click=choose, disabled=chosen, width="stretch")


def _settings(role: str, one: Connector) -> dict[str, Any]:
    suggested = demo_systems.default_settings(one.kind)
    with st.expander(f"Settings of {one.name}"):
        if suggested:
            st.caption("These lead to the demo's system. Nothing there is real.")
        return settings_form.draw(one.settings, f"{role} {one.kind}", suggested)
