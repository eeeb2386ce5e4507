"""The dialog that adds a connection: choose two systems from cards, and a name."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from connectors.contract.connector import Authorisation, Connector
from connectors.credential_forms import ApiKey, credentials_form
from connectors.registry import connectors
from core.connections import connections
from core.operations import demo_systems
from core.security.actor import Permission
from pages.ui.connections import settings_form
from pages.ui.layout import badges, errors, links
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

LABEL = {"source": "Source", "target": "Destination"}
MEANING = {
    "source": "Employees are read from this system.",
    "target": "Employees are written to this system.",
}
DIRECTION = {"source": "iHUB can read from it.", "target": "iHUB can write to it."}
HOW_TO_CONNECT = {
    Authorisation.OAUTH2: "You sign in there and authorise iHUB.",
    Authorisation.API_KEY: "You enter its API key.",
    Authorisation.BEARER: "You enter its API key.",
    Authorisation.BASIC: "You enter a user name and password.",
    Authorisation.TOKEN: "You enter its credentials.",
    Authorisation.FORM: "You enter its connection details.",
    Authorisation.NONE: "No credentials are needed.",
}


@st.dialog("Add connection", width="large")
def ask_systems() -> None:
    """Ask for two systems and a name; both systems are connected afterwards."""
    user = require_user(Permission.CHANGE_CONNECTIONS)
    source = _choose_system("source")
    target = _choose_system("target", excluded=source)
    if source is None or target is None:
        missing = " and ".join(
            label.lower()
            for label, system in zip(LABEL.values(), (source, target), strict=True)
            if system is None
        )
        st.info(f"Choose the {plain(missing)} system.")
        return
    _warn_of_same_systems(user, source, target)
    settings = [_ask_settings(role, system) for role, system in (("source", source), ("target", target))]
    name = st.text_input("Name", placeholder=f"{source.name} → {target.name}", max_chars=200)
    if st.button("Add", type="primary"):
        with errors.shown():
            connection_id = connections.create(user.actor, name, source.kind, target.kind, *settings)
            links.redirect(links.address("/Connections", connection=connection_id))


def _warn_of_same_systems(user: CurrentUser, source: Connector, target: Connector) -> None:
    """Say that the two systems are connected already, before somebody connects them once more."""
    kinds = (source.kind, target.kind)
    same = [
        view.name
        for view in connections.list_connections(user.actor)
        if (view.source.kind, view.target.kind) == kinds
    ]
    if same:
        names = " and ".join(f"“{name}”" for name in same)
        st.warning(
            plain(
                f"These two systems are connected already, as {names}. Add them again only for another organisation: "
                "the same two organisations cannot be connected twice."
            )
        )


def _choose_system(role: str, excluded: Connector | None = None) -> Connector | None:
    """Show a card for each system that can play the role; return the system chosen."""
    candidates = [system for system in connectors() if role in system.roles() and system != excluded]
    st.markdown(f"**{LABEL[role]}** · {MEANING[role]}")
    state_key = f"add {role}"
    chosen_kind = st.session_state.get(state_key)
    chosen = next((system for system in candidates if system.kind == chosen_kind), None)
    chosen = chosen or (candidates[0] if len(candidates) == 1 else None)
    for first in range(0, len(candidates), 3):
        for column, system in zip(st.columns(3), candidates[first : first + 3], strict=False):
            with column:
                _render_card(role, state_key, system, system is chosen)
    return chosen


def _render_card(role: str, state_key: str, system: Connector, is_chosen: bool) -> None:
    def choose() -> None:
        st.session_state[state_key] = system.kind

    mark = '<br><span class="hub-chosen">✓ Chosen</span>' if is_chosen else ""
    facts = [*(DIRECTION[each] for each in system.roles()), _how_to_connect(system)]
    with st.container(border=True, key=f"card-{role}-{system.kind}"):
        st.html(
            f"{badges.mark_html(system.kind, system.name)}<b>{escape(system.name)}</b>"
            f'<br>{escape(system.summary)}<br><span class="hub-quiet">{" ".join(facts)}</span>{mark}'
        )
        if not is_chosen:
            label, key = f"Choose {plain(system.name)}", f"choose {role} {system.kind}"
            st.button(label, key=key, on_click=choose, width="stretch")


def _how_to_connect(system: Connector) -> str:
    return HOW_TO_CONNECT[
        Authorisation.API_KEY if credentials_form(system) is ApiKey else system.sign_in.method
    ]


def _ask_settings(role: str, system: Connector) -> dict[str, Any]:
    suggested = demo_systems.default_settings(system.kind)
    with st.expander(f"Settings for {plain(system.name)}"):
        if suggested:
            st.caption("These settings point to the demo system. It contains no real data.")
        return settings_form.render(system.settings, f"{role} {system.kind}", suggested, fold=False)
