"""A small table to edit, whose rows can be added and removed. Its data stay the same while it is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st


def edit(
    columns: Mapping[str, Sequence[Any]], key: str, label: str, flags: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """Show the columns, with an empty row where there is none; return the rows. ``flags`` are yes or no."""
    is_empty = not next(iter(columns.values()))
    data = {name: [False if name in flags else ""] if is_empty else list(columns[name]) for name in columns}
    config: dict[str, Any] = {
        name: st.column_config.CheckboxColumn(name, default=False)
        if name in flags
        else st.column_config.TextColumn(name, default="")
        for name in columns
    }
    edited = st.data_editor(
        data, num_rows="dynamic", hide_index=True, key=key, alt=label, column_config=config, width="stretch"
    )
    return list(zip(*(edited[name] for name in columns), strict=True))
