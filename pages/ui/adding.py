"""The dialog that adds a connection."""

from __future__ import annotations

from typing import Any

import streamlit as st

from connectors.connector import Connector
from connectors.registry import connectors
from core import connections
from core.actor import Right
from pages.ui import refusals, settings_form
from pages.ui.guard import require_user


@st.dialog("Add connection", width="large")
def ask() -> None:
    """Choose two systems and a name; the sides are connected afterwards."""
    visit = require_user(Right.CHANGE_CONNECTIONS)
    left, right = st.columns(2)
    with left:
        source, source_settings = _system("Source", "Employees are read from here.", "source")
    with right:
        target, target_settings = _system("Target", "Employees are written to here.", "target", but=source)
    if source is None or target is None:
        st.info("Choose the system on each side.")
        return
    name = st.text_input("Name", placeholder=f"{source.name} → {target.name}", max_chars=200)
    if st.button("Add", type="primary"):
        with refusals.shown():
            connections.create(visit.actor, name, source.kind, target.kind, source_settings, target_settings)
            st.rerun()


def _system(label: str, meaning: str, role: str, but: Connector | None = None) -> tuple[Connector | None, dict[str, Any]]:
    fitting = [one for one in connectors() if role in one.plays() and one != but]
    chosen = st.selectbox(label, fitting, index=0 if len(fitting) == 1 else None, format_func=lambda one: one.name, help=meaning)
    if chosen is None:
        return None, {}
    st.caption(chosen.summary)
    with st.expander(f"Settings of {chosen.name}"):
        return chosen, settings_form.draw(chosen.settings, f"{role} {chosen.kind}")
