"""The footer of a long table: its page numbers, kept in the address of the page, with what exports it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.ui.layout import export_menu, links


def current_page() -> int:
    """Return the page number in the address; 1 when there is none."""
    text = st.query_params.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def reset() -> None:
    """Return to the first page."""
    st.query_params.pop("page", None)


def render(pages: int, key: str) -> None:
    """Show the page numbers when there are several; ``key`` names the list and its filters.

    The address decides which is marked; a page beyond the last is the last one.
    """
    if pages > 1:
        key = f"page of {key}"
        page = min(current_page(), pages)
        if st.session_state.get(key) != page:
            st.session_state[key] = page
        st.pagination(pages, key=key, on_change=_store_page, args=(key,))


def _store_page(key: str) -> None:
    st.query_params["page"] = str(st.session_state[key])


def render_footer_with_menu(pages: int, key: str, tables: Mapping[str, str]) -> None:
    """Show the page numbers and the menu that exports ``tables`` (export_menu.render), as ``render_footer`` does."""
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        render(pages, key)
    with right:
        export_menu.render(tables)


def render_footer(pages: int, key: str, label: str, export: str) -> None:
    """Show the page numbers and the link to the CSV ``export``; ``key`` names the list and its filters.

    Render it before the table, which goes into a container above it: a filter then changes rows and export together.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        render(pages, key)
    with right:
        links.render_link(label, export, align_right=True)
