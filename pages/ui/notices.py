"""The sentence that a trip to another system brought back."""

from __future__ import annotations

import streamlit as st

from core import notices
from pages.ui import guard


def draw() -> None:
    """Show it once: loading the page again does not show it any more."""
    sealed = st.query_params.get("notice")
    if sealed is None:
        return
    del st.query_params["notice"]
    found = notices.unseal(guard.session_token(), sealed)
    if found is not None:
        sentence, good = found
        (st.success if good else st.error)(sentence)
