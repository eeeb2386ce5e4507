"""The page number of a long table, kept in the page's address."""

from __future__ import annotations

import streamlit as st


def current_page() -> int:
    """Return which page of the table is wanted."""
    wanted = st.query_params.get("page", "")
    return max(1, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1


def render(pages: int, key: str) -> None:
    """Draw the page numbers when there are several; ``key`` names the list and its filters."""
    if pages > 1:
        key = f"page of {key}"
        st.pagination(pages, default=min(current_page(), pages), key=key, on_change=_remember, args=(key,))


def _remember(key: str) -> None:
    st.query_params["page"] = str(st.session_state[key])
