"""What keeps runs from starting, at the top of the Jobs page and of a run in progress."""

from __future__ import annotations

import streamlit as st

from core.queue import health
from pages.ui.layout.plain_text import plain


def render() -> bool:
    """Say that no worker or no scheduler is running; return whether it had to be said."""
    sentences = health.health().sentences
    for sentence in sentences:
        st.warning(plain(sentence))
    return bool(sentences)
