"""Dialogs that stay open, with what is entered, while the page below them refreshes itself.

A dialog goes when the part of the page that opened it is drawn again. A part that refreshes itself therefore only asks
for a dialog, and the page opens it outside of that part; while it is open, the page is not drawn again as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

WANTED, OPEN, REDRAWN = "wanted dialog", "dialog is open", "page draws itself again"


def ask(name: str, *about: object) -> NoReturn:
    """Have the page open a dialog, with what it is about."""
    st.session_state[WANTED] = name, about
    st.rerun()


def close() -> None:
    """Forget the dialog that was open; a page that is drawn as a whole opens none by itself."""
    st.session_state[OPEN] = False


def open_wanted(**dialogs: Callable[..., None]) -> None:
    """Open the dialog that was asked for, if it is one of these."""
    name, about = st.session_state.get(WANTED, ("", ()))
    if name in dialogs:
        del st.session_state[WANTED]
        st.session_state[OPEN] = True
        dialogs[name](*about)


def redraw_page() -> None:
    """Have the page draw itself again as a whole, unless a dialog is open, which that would close.

    A dialog that is closed has the page drawn again (``on_dismiss="rerun"``).
    """
    if not st.session_state.get(OPEN):
        st.session_state[REDRAWN] = True
        st.rerun()


def was_redrawn() -> bool:
    """Say whether the page draws itself again, and nobody has clicked."""
    return bool(st.session_state.pop(REDRAWN, False))
