"""What somebody sees who is signed in but may not use anything yet: choose a password, or ask for access."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from core.accounts import access_requests, memberships
from core.accounts.access_requests import MAX_NOTE, RequestView
from core.errors import ForbiddenError
from core.security.actor import Actor
from core.settings import settings
from pages.ui.layout import current_user, errors, links, times


def draw(actor: Actor) -> None:
    """Draw the one thing the person can do, and the way out."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("iHUB")
        if memberships.must_choose_password(actor):
            _choose_password(actor)
        else:
            _ask(actor)
        links.link("Sign out", "/auth/logout")


def _choose_password(actor: Actor) -> None:
    st.subheader("Choose your own password")
    st.write(
        f"Welcome, {actor.name}. You came in with a one-time password. Choose one that only you know; then you are in."
    )
    with st.form("choose password", border=False):
        first = st.text_input("New password", type="password", autocomplete="new-password")
        again = st.text_input("The same again", type="password", autocomplete="new-password")
        if st.form_submit_button("Keep this password"):
            with errors.shown():
                if first != again:
                    st.error("The two are not the same. Enter the new password twice.")
                    return
                memberships.choose_password(_still_here(), first)
                st.rerun()


def _ask(actor: Actor) -> None:
    st.subheader("You have no access yet")
    st.write(
        f"Hello, {actor.name}. Your sign-in is right, but no account gives you access to iHUB at the moment: "
        "iHUB may not be switched on for your company, or you have no role there."
    )
    latest = access_requests.latest_request(actor)
    if latest is not None:
        _state(latest)
    waiting = latest is not None and latest.decided_at is None
    with st.form("request access", border=False):
        note = st.text_area(
            "Your company and what you need",
            latest.note if latest is not None and waiting else "",
            max_chars=MAX_NOTE,
            placeholder="Harbour Foods Pty Ltd. I do the payroll and need to see the reports.",
        )
        if st.form_submit_button("Change the request" if waiting else "Request access"):
            with errors.shown():
                access_requests.submit(_still_here(), note)
                st.rerun()


def _state(latest: RequestView) -> None:
    at = times.moment(latest.decided_at or latest.asked_at, ZoneInfo(settings().time_zone))
    if latest.decided_at is None:
        st.info(
            f"Your request of {at} waits for enableHR Support. Load this page again later: it lets you in once they grant it."
        )
    elif not latest.granted:
        st.warning(f"enableHR Support declined your request on {at}. You can ask again and say more.")


def _still_here() -> Actor:
    """Return the person at the moment of the click."""
    actor = current_user.current_actor()
    if actor is None:
        raise ForbiddenError("You are signed out. Load the page again and sign in.")
    return actor
