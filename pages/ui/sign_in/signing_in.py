"""The way in: a button to enableHR or a form, by the setting, and the form of local users."""

from __future__ import annotations

import streamlit as st

from core.security import flash
from core.settings import SignInMethod, settings
from core.sign_in import enablehr_password, local
from pages.ui.layout import links
from pages.ui.layout.current_user import browser
from pages.ui.sign_in.sign_in_form import SignInForm

LOCAL = SignInForm("Sign in", local.sign_in)
ENABLEHR = SignInForm("Sign in with enableHR", enablehr_password.sign_in)
NO_COOKIES = (
    "Your browser does not keep cookies, and iHUB needs one to know you. "
    "Allow cookies for this site and load the page again."
)


def draw(next_page: str) -> None:
    """Draw the way in; afterwards the browser goes to ``next_page`` with a session."""
    _, middle, _ = st.columns([1, 1.1, 1])
    with middle:
        st.title("iHUB")
        st.caption("Integration Hub: keeps your employees in step between enableHR and payroll.")
        if not browser():
            st.error(NO_COOKIES)
            return
        _refusal()
        _enter(_entered(next_page), next_page)
        st.caption(
            "No access yet? Sign in all the same: you can ask enableHR Support for it on the next page."
        )


def _refusal() -> None:
    """Show the sentence that a trip to enableHR brought back."""
    notice = flash.open_message(browser(), st.query_params.get("notice", ""))
    if notice is not None:
        st.error(notice[0])


def _entered(next_page: str) -> int | None:
    """Draw what the setting asks for; return who has signed in."""
    match settings().sign_in:
        case SignInMethod.ENABLEHR_OAUTH:
            links.button("Sign in with enableHR", links.address("/auth/start", next=next_page), primary=True)
            return _local_users()
        case SignInMethod.ENABLEHR_PASSWORD:
            return ENABLEHR.draw() or _local_users()
        case SignInMethod.LOCAL:
            return LOCAL.draw()


def _local_users() -> int | None:
    with st.expander("Local users of iHUB"):
        return LOCAL.draw()


def _enter(user_id: int | None, next_page: str) -> None:
    if user_id is not None:
        links.go(links.address("/auth/enter", ticket=local.issue_ticket(user_id, browser()), next=next_page))
