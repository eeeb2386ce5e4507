"""What keeps runs from starting, at the top of the Jobs page and of a run in progress."""

from __future__ import annotations

import streamlit as st

from core.queue import health
from pages.ui.layout.plain_text import plain


def render() -> None:
    """Say that no worker or no scheduler is running."""
    for sentence in health.health().sentences:
        st.warning(plain(sentence))
