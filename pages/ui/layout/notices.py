"""Sentences about what has just been done: here, or on a trip to another system."""

from __future__ import annotations

import streamlit as st

from core.security import flash
from pages.ui.layout import current_user

SAID = "said"


def say(sentence: str) -> None:
    """Keep a sentence of good news for the next time the page is drawn."""
    st.session_state[SAID] = sentence


def draw() -> None:
    """Show it once: loading the page again does not show it any more."""
    if said := st.session_state.pop(SAID, None):
        st.success(said)
    sealed = st.query_params.get("notice")
    if sealed is None:
        return
    del st.query_params["notice"]
    found = flash.open_message(current_user.session_token(), sealed)
    if found is not None:
        sentence, good = found
        (st.success if good else st.error)(sentence)
