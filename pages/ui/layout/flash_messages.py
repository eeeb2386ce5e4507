"""Messages shown once, on the next page: about an action here, or after signing in to another system."""

from __future__ import annotations

import streamlit as st

from core.security import flash
from pages.ui.layout import current_user
from pages.ui.layout.plain_text import plain

FLASH_MESSAGE = "flash message"


def keep(sentence: str, place: str = "") -> None:
    """Keep a message of success for the next time the page, or a place on it, is shown."""
    st.session_state[FLASH_MESSAGE + place] = sentence


def is_kept() -> bool:
    """Say whether the next time the page is shown there is a message to show."""
    return FLASH_MESSAGE in st.session_state


def render() -> None:
    """Show the message that was kept, and the one in the address; both only once."""
    render_at("")
    sealed = st.query_params.get("notice")
    if sealed is None:
        return
    del st.query_params["notice"]
    message = flash.open_message(current_user.session_token(), sealed)
    if message is not None:
        sentence, is_success = message
        (st.success if is_success else st.error)(plain(sentence))


def render_at(place: str) -> None:
    """Show the message that was kept for a place on the page, once."""
    if sentence := st.session_state.pop(FLASH_MESSAGE + place, None):
        st.success(plain(sentence))
