"""The fields of the target: how each is filled, with a filter and a search."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.mapping.views import FieldView
from core.mapping_editor.editor import EditorView
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import field_drawer, samples_panel

FILTERS = {
    "all": "All",
    "changed": "Changed",
    "problems": "With problems",
    "required": "Required",
    "unsent": "Not sent",
}
OWNERS = {
    "source": "HR",
    "target": "Payroll",
    "once": "HR fills it once, then payroll",
    "ask": "HR, but a change in payroll waits for a person",
}
HEADS = ("Comes from", "Whose value counts", "If blank", "What would be sent")


def render(view: EditorView, fields: Sequence[FieldView], may_change: bool) -> None:
    """Show the fields that match the filter; an Account Admin can change each of them."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    counts = {name: sum(_matches(each, name) for each in fields) for name in FILTERS}
    chosen = row.segmented_control(
        "Fields",
        list(FILTERS),
        default="all",
        format_func=lambda name: plain(f"{FILTERS[name]} ({counts[name]})"),
        key=f"mapping filter {view.connection_id}",
    )
    text = row.text_input("Search", placeholder="Field or value", key=f"mapping search {view.connection_id}")
    shown = [each for each in fields if _matches(each, chosen or "all") and _has(each, text)]
    if not shown:
        st.caption("No field matches.")
        return
    with st.container(key="mapping-fields", gap=None):
        heads = "".join(f"<div>{head}</div>" for head in HEADS)
        st.html(f'<div class="hub-field hub-field-head"><div></div>{heads}</div>')
        for each in shown:
            _render_field(view, each, may_change)


def _matches(field: FieldView, name: str) -> bool:
    return {
        "all": True,
        "changed": field.change is not None,
        "problems": bool(field.faults),
        "required": field.required,
        "unsent": not field.is_sent,
    }[name]


def _has(field: FieldView, text: str) -> bool:
    wanted = text.strip().casefold()
    return wanted in f"{field.label} {field.name} {field.filled}".casefold()


def _render_field(view: EditorView, field: FieldView, may_change: bool) -> None:
    with st.container(horizontal=True, key=f"mapping-field-{field.name.replace('.', '-')}", gap="small"):
        if may_change:
            with st.container(width=190):
                label = plain(f"{field.label} *" if field.required else field.label)
                if st.button(
                    label, type="tertiary", key=f"change {field.name}", help=f"Change {plain(field.label)}"
                ):
                    field_drawer.ask(view.connection_id, field.name)
            st.html(_row_html(view, field, ""))
        else:
            mark = " *" if field.required else ""
            st.html(_row_html(view, field, f"<b>{escape(field.label)}{mark}</b>"))


def _row_html(view: EditorView, field: FieldView, label: str) -> str:
    marks = '<span class="hub-badge hub-blue">changed</span> ' if field.change is not None else ""
    if field.sensitive:
        marks += '<span class="hub-badge hub-grey">sensitive</span> '
    problems = "".join(f'<div class="hub-problem">{escape(fault)}</div>' for fault in field.faults)
    values = samples_panel.values_html(view, field.name)
    cells = (
        f"{escape(field.filled[:1].upper() + field.filled[1:])} {marks}{problems}",
        OWNERS[field.owner],
        escape(field.if_blank),
        values or "–",
    )
    named = "".join(
        f'<div><span class="hub-field-name">{head}: </span>{cell}</div>'
        for head, cell in zip(HEADS, cells, strict=True)
    )
    first = f"<div>{label}</div>" if label else ""
    return f'<div class="hub-field{"" if label else " hub-field-short"}">{first}{named}</div>'
