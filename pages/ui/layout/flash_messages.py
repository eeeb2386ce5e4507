"""Messages shown once, on the next page: about an action here, or after signing in to another system.

They stay while the page draws itself again, until somebody clicks.
"""

from __future__ import annotations

import streamlit as st

from core.security import flash
from pages.ui.layout import current_user, links
from pages.ui.layout.plain_text import plain

FLASH_MESSAGE = "flash message"
# What each place shows since the last click, as the sentence and whether it is a success, in the session state.
SHOWN = "shown messages"


def keep(sentence: str, place: str = "") -> None:
    """Keep a message of success for the next time the page, or a place on it, is shown."""
    st.session_state[FLASH_MESSAGE + place] = sentence


def redirect(path: str, sentence: str) -> None:
    """Send the browser to a page of iHUB that shows a message of success; what ``keep`` keeps would be lost."""
    sealed = flash.seal_message(current_user.session_token() or "", sentence, success=True)
    links.redirect(links.address(path, notice=sealed))


def is_kept() -> bool:
    """Say whether the next time the page is shown there is a message to show."""
    return FLASH_MESSAGE in st.session_state


def render() -> None:
    """Show the message that was kept, and the one in the address; both only once."""
    render_at("")
    sealed = st.query_params.get("notice")
    if sealed is not None:
        del st.query_params["notice"]
    _show("notice", flash.open_message(current_user.session_token(), sealed) if sealed else None)


def render_at(place: str) -> None:
    """Show the message that was kept for a place on the page, once."""
    sentence = st.session_state.pop(FLASH_MESSAGE + place, None)
    _show(place, (sentence, True) if sentence else None)


def _show(place: str, message: tuple[str, bool] | None) -> None:
    shown: dict[str, tuple[str, bool] | None] = st.session_state.setdefault(SHOWN, {})
    if message is None and current_user.is_unattended():
        message = shown.get(place)
    shown[place] = message
    if message is not None:
        sentence, is_success = message
        (st.success if is_success else st.error)(plain(sentence))
