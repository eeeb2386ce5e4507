"""Who is looking at a page; every page begins with ``require_user``."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from core.security.actor import Actor, Permission
from core.sign_in import sessions
from core.sign_in.cookies import browser_cookie, session_cookie
from core.sign_in.sessions import AccountView
from pages.ui.layout import links

THIS_MACHINE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """A person looking at a page, and the account they act in."""

    actor: Actor
    account: AccountView

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone that times are shown in."""
        return ZoneInfo(self.account.time_zone)


def session_token() -> str | None:
    """Return the id in the browser's session cookie."""
    return st.context.cookies.get(session_cookie())


def browser_nonce() -> str:
    """Return the browser's nonce; empty when it takes no cookies."""
    return st.context.cookies.get(browser_cookie()) or ""


def network_address() -> str:
    """Return where the person is; Streamlit says None of this machine itself."""
    return st.context.ip_address or THIS_MACHINE


def current_actor(*, clicked: bool = True) -> Actor | None:
    """Return who is signed in."""
    return sessions.actor_for(session_token(), network_address(), clicked=clicked)


def require_user(right: Permission, *, clicked: bool = True) -> CurrentUser:
    """Return who is looking; stops the page with a sentence when they may not.

    Pages that refresh themselves pass ``clicked=False``, so that they do not keep a session alive.
    """
    actor = _allowed(right, clicked)
    account = sessions.account_of(actor)
    if account is None:
        st.info("Choose an account on the left to see what is in it.")
        st.stop()
    return CurrentUser(actor, account)


def require_support() -> Actor:
    """Return the member of Support who is looking, with or without a chosen account; stops the page for everybody else."""
    return _allowed(Permission.MANAGE_ACCESS, clicked=True)


def _allowed(right: Permission, clicked: bool) -> Actor:
    actor = current_actor(clicked=clicked)
    if actor is None:
        st.info("You are signed out. Sign in to go on.")
        links.render_button("Sign in", links.current_address())
        st.stop()
    if not actor.may(right):
        st.error(f"Your role does not allow you to {right}. Ask an Account Admin or enableHR Support.")
        links.render_link("Back to what you can use", "/")
        st.stop()
    return actor
