"""Parts of a page that draw themselves again while a browser shows them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

IN_PROGRESS_SECONDS, IDLE_SECONDS = 2, 15


def render(part: Callable[[], None], seconds: int = IDLE_SECONDS) -> None:
    """Show a part of the page, and show it again every few seconds.

    The part asks who looks by ``require_user(…, clicked=False)``, so that a page left open keeps no session alive, and
    opens dialogs by ``dialogs.ask``, so that they stay open.
    """
    st.fragment(part, run_every=seconds)()
