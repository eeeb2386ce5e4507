"""The page of a signed-in person without access: choose a password, or request access."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from core.accounts import access_requests, memberships
from core.accounts.access_requests import MAX_NOTE, RequestView
from core.errors import ForbiddenError
from core.security.actor import Actor
from core.security.passwords import MIN_LENGTH
from core.settings import settings
from pages.ui.layout import current_user, errors, links, times
from pages.ui.layout.plain_text import plain


def render(actor: Actor) -> None:
    """Show what the person has to do next, and the link to sign out."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("iHUB", anchor=False)
        if memberships.must_choose_password(actor):
            _choose_password(actor)
        else:
            _request_access(actor)
        links.render_link("Sign out", "/auth/logout")


def _choose_password(actor: Actor) -> None:
    st.header("Choose your own password", anchor=False)
    st.write(
        f"Welcome, {plain(actor.name)}. You signed in with a one-time password. "
        f"Choose your own to continue, with at least {MIN_LENGTH} characters."
    )
    with st.form("choose password", border=False):
        password = st.text_input("New password", type="password", autocomplete="new-password")
        repeated = st.text_input("Repeat password", type="password", autocomplete="new-password")
        if st.form_submit_button("Save password"):
            with errors.shown():
                if password != repeated:
                    st.error("The passwords are different. Enter the new password twice.")
                    return
                memberships.choose_password(_signed_in_actor(), password)
                st.rerun()


def _request_access(actor: Actor) -> None:
    st.header("You have no access yet", anchor=False)
    st.write(
        f"Hello, {plain(actor.name)}. You are signed in, but you do not have access to iHUB yet. "
        "iHUB may be switched off for your company, or you have no role there."
    )
    latest = access_requests.latest_request(actor)
    if latest is not None:
        _render_state(latest)
    is_waiting = latest is not None and latest.decided_at is None
    with st.form("request access", border=False):
        note = st.text_area(
            "Your company and what you need",
            latest.note if latest is not None and is_waiting else "",
            max_chars=MAX_NOTE,
            placeholder="Harbour Foods Pty Ltd. I run payroll and need to see the reports.",
        )
        if st.form_submit_button("Change request" if is_waiting else "Request access"):
            with errors.shown():
                access_requests.submit(_signed_in_actor(), note)
                st.rerun()


def _render_state(latest: RequestView) -> None:
    time = times.format_time(latest.decided_at or latest.asked_at, ZoneInfo(settings().time_zone))
    if latest.decided_at is None:
        st.info(
            f"Your request of {time} is waiting for enableHR Support. "
            "Reload this page later; it opens iHUB once Support has granted the request."
        )
    elif not latest.granted:
        st.warning(
            f"enableHR Support declined your request on {time}. You can send another request with more details."
        )


def _signed_in_actor() -> Actor:
    """Return the actor at the time of the click. Raises ForbiddenError when they have signed out meanwhile."""
    actor = current_user.current_actor()
    if actor is None:
        raise ForbiddenError("You are signed out. Reload the page and sign in.")
    return actor
