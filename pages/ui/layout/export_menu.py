"""The menu that exports what a table shows, and what belongs to it, in each format."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.ui.layout import links
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Html

FORMATS = {"xlsx": "Excel", "csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}
HELP = (
    "Excel keeps the zeros of ids and has real dates. CSV, JSON Lines and Parquet are for programs. "
    "Files have everything that matches the filters, not only this page."
)


def render(tables: Mapping[str, str]) -> None:
    """Show the menu: for each thing to export, the address of its file as CSV."""
    with st.popover("Export", icon=":material/download:"):
        for number, (what, address) in enumerate(tables.items()):
            st.caption(plain(what), help=None if number else HELP)
            anchors = (
                links.anchor(label, address.replace(".csv", f".{end}", 1), aria_label=f"{label}: {what}")
                for end, label in FORMATS.items()
            )
            st.html(Html(" · ".join(anchors)))
