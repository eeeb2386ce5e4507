"""What keeps runs from starting, at the top of the Jobs page."""

from __future__ import annotations

import streamlit as st

from core.queue import health


def render() -> None:
    """Say that no worker or no scheduler is running."""
    for sentence in health.health().sentences:
        st.warning(sentence)
