"""Who looks at Home, and at what: their account, or for Support all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from core.security.actor import Actor, Permission
from core.settings import settings
from pages.ui.layout import current_user

ONE, ALL = "This account", "All accounts"
# In the address of the page.
PARAMETER, OF_ALL = "of", "all"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person; ``everywhere`` means that they look at all accounts."""

    actor: Actor
    zone: ZoneInfo
    everywhere: bool

    @property
    def account(self) -> str:
        """Return whose Home it is."""
        return "all accounts" if self.everywhere else "this account"


def find(*, clicked: bool = True) -> Viewer:
    """Return who looks; stop the page where somebody may not."""
    actor = current_user.current_actor(clicked=clicked)
    if actor is not None and actor.may(Permission.MANAGE_ACCESS):
        chosen = st.query_params.get(PARAMETER) == OF_ALL
        if chosen or actor.account_id is None:
            return Viewer(actor, ZoneInfo(settings().time_zone), everywhere=True)
    user = current_user.require_user(Permission.SEE_REPORTS, clicked=clicked)
    return Viewer(user.actor, user.zone, everywhere=False)


def render_choice(viewer: Viewer) -> None:
    """Let Support change between the account they have chosen and all accounts."""
    if viewer.actor.account_id is None or not viewer.actor.may(Permission.MANAGE_ACCESS):
        return
    st.segmented_control(
        "Accounts",
        [ONE, ALL],
        default=ALL if viewer.everywhere else ONE,
        key="home accounts",
        on_change=_store,
        label_visibility="collapsed",
        required=True,
    )


def _store() -> None:
    if st.session_state["home accounts"] == ALL:
        st.query_params[PARAMETER] = OF_ALL
    else:
        st.query_params.pop(PARAMETER, None)
    st.query_params.pop("page", None)
