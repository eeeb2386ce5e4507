"""The signed-in user of a page; every page begins with ``require_user`` or ``require_support``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.db import many_readings
from core.security.actor import ActingRole, Actor, Permission
from core.sign_in import sessions
from core.sign_in.cookies import browser_cookie, session_cookie
from core.sign_in.sessions import AccountView
from core.time_zones import zone_or_default
from pages.ui.layout import links, shown_account

LOCALHOST = "127.0.0.1"
# Whether the page draws itself again without a click, in the session state.
UNATTENDED = "page is unattended"


@dataclass(slots=True)
class _Known:
    """What was read about the person while one page is drawn, so that it is read once: actors by account."""

    actors: dict[int | None, Actor] = field(default_factory=dict)
    accounts: dict[int, AccountView] | None = None


_known: ContextVar[_Known | None] = ContextVar("known of the person", default=None)


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The user of a page and the account they act in."""

    actor: Actor
    account: AccountView

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone that times are shown in."""
        return zone_or_default(self.account.time_zone)


def session_token() -> str | None:
    """Return the id in the browser's session cookie."""
    return st.context.cookies.get(session_cookie())


def browser_nonce() -> str:
    """Return the nonce in the browser's cookie; empty when the browser blocks cookies."""
    return st.context.cookies.get(browser_cookie()) or ""


def network_address() -> str:
    """Return the user's network address; Streamlit gives None for this machine itself."""
    return st.context.ip_address or LOCALHOST


@contextmanager
def drawing_page(*, by_click: bool) -> Iterator[None]:
    """Draw a page that somebody has asked for, or that draws itself again, which does not keep a session alive."""
    st.session_state[UNATTENDED] = not by_click
    known = _known.set(_Known())
    try:
        with many_readings():
            yield
    finally:
        _known.reset(known)
        st.session_state[UNATTENDED] = False


def is_unattended() -> bool:
    """Say whether the page draws itself again as a whole, and nobody has clicked."""
    return bool(st.session_state.get(UNATTENDED))


def current_actor(*, clicked: bool = True) -> Actor | None:
    """Return the signed-in actor in the account that the page shows, or None.

    While a page is drawn, the session and the role are looked up once; a click looks them up again.
    """
    clicked = clicked and not is_unattended()
    shown = shown_account.shown_id()
    known = _known.get() or _Known()
    if shown in known.actors:
        return known.actors[shown]
    actor = None
    for account_id in (shown,) if shown is not None else (shown_account.linked_id(), None):
        actor = sessions.actor_for(session_token(), network_address(), clicked=clicked, account_id=account_id)
        if actor is not None and actor.account_id is not None:
            shown_account.keep(actor.account_id)
            break
    if actor is not None:
        known.actors[actor.account_id] = actor
    return actor


def accounts_of(actor: Actor) -> dict[int, AccountView]:
    """Return the accounts that a person may act in, by id."""
    known = _known.get() or _Known()
    if known.accounts is None:
        known.accounts = {view.id: view for view in sessions.accounts_of(actor)}
    return known.accounts


def _account_of(actor: Actor) -> AccountView | None:
    known = _known.get()
    if known is not None and known.accounts is not None and actor.account_id in known.accounts:
        return known.accounts[actor.account_id]
    return sessions.account_of(actor)


def require_user(permission: Permission, *, clicked: bool = True) -> CurrentUser:
    """Return the user when they have the permission; otherwise show why not and stop the page.

    Pages that refresh themselves pass ``clicked=False``, so that they do not keep a session alive.
    """
    actor = _allowed_actor(permission, clicked)
    account = _account_of(actor)
    if account is None:
        st.info("Choose an account on the left to see its data.")
        st.stop()
    return CurrentUser(actor, account)


def require_support() -> Actor:
    """Return the member of Support, with or without a chosen account; stop the page for everyone else."""
    return _allowed_actor(Permission.MANAGE_ACCESS, clicked=True)


def _allowed_actor(permission: Permission, clicked: bool) -> Actor:
    actor = current_actor(clicked=clicked)
    if (actor is None or not actor.may(permission)) and is_partial_run():
        st.rerun(scope="app")  # the whole page shows the sign-in form, or what the person still may see
    if actor is None:
        st.info("You are signed out. Sign in to continue.")
        links.render_button("Sign in", links.current_address())
        st.stop()
    if actor.role is ActingRole.GUEST and shown_account.shown_id() is not None:
        st.error(shown_account.NO_ROLE)
        links.render_link("Go to your accounts", "/")
        st.stop()
    if not actor.may(permission):
        st.error(f"Your role does not allow you to {permission}. Ask an Account Admin or enableHR Support.")
        if actor.may(Permission.SEE_REPORTS):
            links.render_link("Go to Reports", "/Reports")
        else:
            links.render_link("Go to the start page", "/")
        st.stop()
    return actor


def is_partial_run() -> bool:
    """Say whether only a part of the page is drawn again, with the rest as it was."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)
