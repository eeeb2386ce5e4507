"""Ask once before something is done: a button opens the question in its place, with what will follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# The key of the question that is open, in the session state. Only one is open at a time.
OPEN = "open question"


def render_button(
    label: str,
    key: str,
    *,
    kind: Literal["primary", "secondary", "tertiary"] = "secondary",
    disabled: bool = False,
    help_text: str | None = None,
) -> None:
    """Show the button that opens a question."""
    st.button(label, f"ask {key}", help_text, _open, (key,), type=kind, disabled=disabled)


def is_open(key: str) -> bool:
    """Say whether a question is open."""
    return st.session_state.get(OPEN) == key


def is_open_for(beginning: str) -> bool:
    """Say whether the open question is one whose key begins like this."""
    return str(st.session_state.get(OPEN, "")).startswith(beginning)


def render(key: str, sentences: Sequence[str], label: str, *, with_note: bool = False) -> bool:
    """Show an open question; say whether it was answered with ``label``, which closes it.

    ``with_note`` also asks for a note: see ``note``.
    """
    with question(key, border=True):
        for sentence in sentences:
            st.markdown(sentence)
        if with_note:
            st.text_input("Note", key=_note_key(key), max_chars=500, placeholder="Why (the audit keeps it)")
        with st.container(horizontal=True):
            is_confirmed = st.button(label, f"confirm {key}", type="primary")
            render_cancel(key)
    if is_confirmed:
        close()
    return is_confirmed


def question(key: str, *, border: bool = False) -> DeltaGenerator:
    """Return the place of an open question. It gets the focus of somebody who has opened it by the keyboard."""
    return st.container(border=border, key=f"question {key}")


def note(key: str) -> str:
    """Return the note that was entered with the answer to a question."""
    return str(st.session_state.get(_note_key(key)) or "")


def _note_key(key: str) -> str:
    return f"note {key}"


def render_cancel(key: str) -> None:
    """Show the button that closes a question."""
    st.button("Cancel", f"cancel {key}", on_click=close)


def close() -> None:
    """Close the open question."""
    st.session_state.pop(OPEN, None)


def _open(key: str) -> None:
    st.session_state[OPEN] = key
