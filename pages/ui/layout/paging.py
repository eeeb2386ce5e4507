"""Page numbers of a long table, kept in the address of the page."""

from __future__ import annotations

import streamlit as st


def current_page() -> int:
    """Return the page number in the address; 1 when there is none."""
    text = st.query_params.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def reset() -> None:
    """Return to the first page."""
    st.query_params.pop("page", None)


def render(pages: int, key: str) -> None:
    """Show the page numbers when there are several; ``key`` names the list and its filters."""
    if pages > 1:
        key = f"page of {key}"
        page = min(current_page(), pages)
        st.pagination(pages, default=page, key=key, on_change=_store_page, args=(key,))


def _store_page(key: str) -> None:
    st.query_params["page"] = str(st.session_state[key])
