"""What stands under a long table: its page numbers, and the way to all of its rows as CSV."""

from __future__ import annotations

import streamlit as st

from pages.ui.layout import links, paging


def render(pages: int, key: str, label: str, export: str) -> None:
    """Draw the foot of the list that ``key`` names with its filters; ``export`` is the address of its CSV.

    Draw it before the table, which goes into a container above it: whoever sees other rows then also has their export.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        paging.render(pages, key)
    with right:
        links.render_link(label, export, at_end=True)
