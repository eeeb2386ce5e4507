"""The foot of a long table: its page numbers and the link to its CSV export."""

from __future__ import annotations

import streamlit as st

from pages.ui.layout import links, paging


def render(pages: int, key: str, label: str, export: str) -> None:
    """Show the page numbers and the link to the CSV ``export``; ``key`` names the list and its filters.

    Render it before the table, which goes into a container above it: a filter then changes rows and export together.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        paging.render(pages, key)
    with right:
        links.render_link(label, export, align_right=True)
