"""The numbers in the menu, which follow the parts of a page that draw themselves again."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.alerts import feed
from core.home import activity
from core.problems import open_problems
from core.security.actor import Actor, Permission
from pages.ui.layout import current_user, dialogs

# The numbers that the menu shows, in the session state.
SHOWN = "numbers in the menu"


@dataclass(frozen=True, slots=True)
class MenuCounts:
    """How many people to fix, held runs to decide on and new alerts there are in the account."""

    to_fix: int = 0
    held: int = 0
    alerts: int = 0


def show(actor: Actor | None) -> MenuCounts:
    """Return the numbers for the menu, which is about to show them."""
    found = _count(actor)
    st.session_state[SHOWN] = found
    return found


def follow() -> None:
    """Have the page draw itself again where the menu's numbers have changed since; call it in a part of the page."""
    if current_user.is_partial_run() and _count(current_user.current_actor(clicked=False)) != (
        st.session_state.get(SHOWN)
    ):
        dialogs.redraw_page()


def _count(actor: Actor | None) -> MenuCounts:
    if actor is None or actor.account_id is None or not actor.may(Permission.SEE_REPORTS):
        return MenuCounts()
    return MenuCounts(open_problems.count_people(actor), activity.count_held(actor), feed.count_new(actor))
