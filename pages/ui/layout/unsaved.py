"""What somebody has entered and not saved yet, which is shown again when they come back from another tab or page.

A browser's page keeps it: it is gone after a reload, and nobody else sees it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

# The entries of each form by its name, in the session state.
KEPT = "entries not saved"
NOT_SAVED = "Not saved yet."


@dataclass(slots=True)
class Entries:
    """What is entered in one form; the keys of its fields begin with ``key`` and a space, and those of buttons do not.

    ``basis`` is what was saved when it was opened.
    """

    basis: object
    key: str
    opened: object = None
    is_changed: bool = False
    # Not since somebody has left the form.
    is_shown: bool = False
    values: dict[str, Any] = field(default_factory=dict)

    def keep(self, entered: object, without: Collection[str] = ()) -> None:
        """Keep what the fields hold, apart from the keys ``without``; ``entered`` is what would be saved."""
        if self.opened is None:
            self.opened = entered
        self.is_changed = entered != self.opened
        own = (key for key in st.session_state if str(key).startswith(f"{self.key} "))
        self.is_shown = True
        self.values |= collect(str(key) for key in own if key not in without)


def entries_of(name: str, basis: object) -> Entries:
    """Return the entries of a form, and fill its fields with them; new ones where nothing was entered.

    A form in which nothing was entered follows what is saved elsewhere.
    """
    kept: dict[str, Entries] = st.session_state.setdefault(KEPT, {})
    found = kept.get(name)
    if found is None or (found.basis != basis and not found.is_changed and not _is_entered_now(found)):
        found = kept[name] = Entries(basis, f"{name} {uuid.uuid4().hex[:8]}")
    restore(found.values, again=not found.is_shown)
    return found


def _is_entered_now(entries: Entries) -> bool:
    """Say whether a field holds something else than when the form was last shown."""
    state = st.session_state
    return any(key in state and state[key] != value for key, value in entries.values.items())


def leave() -> None:
    """Remember that another tab is open: the browser has forgotten the fields, also where Streamlit has not yet."""
    for entries in st.session_state.get(KEPT, {}).values():
        entries.is_shown = False


def forget(name: str) -> None:
    """Forget what was entered in a form, whose fields get new keys."""
    st.session_state.get(KEPT, {}).pop(name, None)


def collect(keys: Iterable[str]) -> dict[str, Any]:
    """Return what the fields with these keys hold, of those that are on the page."""
    return {key: st.session_state[key] for key in keys if key in st.session_state}


def restore(values: Mapping[str, Any], *, again: bool = False) -> None:
    """Fill fields that were not on the page; call it before they are shown.

    With ``again`` the browser is given the values of the others, too: what is entered counts.
    """
    for key, value in values.items():
        if again or key not in st.session_state:
            st.session_state[key] = st.session_state.get(key, value)


def render_discard(key: str) -> bool:
    """Say that something is not saved yet, beside the button that saves it; say whether it is to be discarded."""
    is_discarded = st.button("Discard", key=key)
    st.caption(NOT_SAVED, width="content")
    return is_discarded
