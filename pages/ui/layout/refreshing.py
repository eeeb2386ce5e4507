"""Parts of a page that draw themselves again while a browser shows them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.settings import settings
from pages.ui.layout import flash_messages, menu_counts

IN_PROGRESS_SECONDS = 2.0


def seconds_until_next(*, is_in_progress: bool) -> float:
    """Return after how many seconds a page looks for news: soon while a run is in progress."""
    return IN_PROGRESS_SECONDS if is_in_progress else settings().refresh_seconds


def render(part: Callable[[], None], seconds: float | None = None) -> None:
    """Show a part of the page, and show it again every few seconds; those of the setting, unless given.

    The numbers in the menu follow.

    The part asks who looks by ``require_user(…, clicked=False)``, so that a page left open keeps no session alive, and
    opens dialogs by ``dialogs.ask``, so that they stay open.
    """

    def render_part() -> None:
        if flash_messages.is_kept():  # a click in this part alone; the page has shown those from before
            st.rerun()
        part()
        menu_counts.follow()  # last: drawing the page again would drop a click in this part that nobody has acted on

    st.fragment(render_part, run_every=seconds or settings().refresh_seconds)()
