"""The sign-in page: a button to enableHR or a form, depending on the setting, and the form for local users."""

from __future__ import annotations

import streamlit as st

from core.security import flash
from core.settings import SignInMethod, settings
from core.sign_in import enablehr_password, local
from pages.ui.layout import current_user, errors, links
from pages.ui.layout.plain_text import plain
from pages.ui.sign_in.sign_in_form import SignInForm

LOCAL = SignInForm("Sign in", local.sign_in)
ENABLEHR = SignInForm("Sign in with enableHR", enablehr_password.sign_in)
SUBTITLE = "Integration Hub: keeps employees in sync between enableHR and payroll."
NO_COOKIES = (
    "Your browser blocks cookies, and iHUB needs one to keep you signed in. "
    "Allow cookies for this site and reload the page."
)
FORGOTTEN_AT_ENABLEHR = "Forgot your enableHR password? Reset it on enableHR's own sign-in page."
FORGOTTEN = "Forgot your password? Ask enableHR Support for a one-time password."
SESSION_ENDED = "Your session has ended. Sign in to continue where you were."


def render(next_page: str) -> None:
    """Show the sign-in page; a successful sign-in continues to ``next_page`` with a session."""
    _, middle, _ = st.columns([1, 1.1, 1])
    with middle:
        st.title("iHUB", anchor=False)
        st.html(f'<h2 class="hub-subtitle">{SUBTITLE}</h2>')
        if links.is_other_name():
            _render_other_name(next_page)
        elif not current_user.browser_nonce():
            st.error(NO_COOKIES)
        if not current_user.browser_nonce():
            return
        _render_message()
        _start_session(_sign_in(next_page), next_page)
        st.caption("No access yet? Sign in anyway – on the next page you can request access.")


def _render_other_name(next_page: str) -> None:
    """Lead to the address at which everything works, also where a browser takes no cookie at the one it has opened."""
    url = settings().url
    st.warning(
        plain(f"This is not iHUB's own address. Other systems send people back to {url}: sign in there.")
    )
    links.render_button(f"Go to {url}", url + next_page, primary=True)


def _render_message() -> None:
    """Show that a sign-in was refused or that somebody has signed out, or why there has to be a sign-in."""
    message = flash.open_message(current_user.browser_nonce(), st.query_params.get("notice", ""))
    if message is not None:
        sentence, is_success = message
        (st.success if is_success else st.error)(plain(sentence))
    elif current_user.session_token():
        st.info(SESSION_ENDED)


def _sign_in(next_page: str) -> int | None:
    """Show the button or form of the setting; return the id of the user who has signed in."""
    match settings().sign_in:
        case SignInMethod.ENABLEHR_OAUTH:
            links.render_button(
                "Sign in with enableHR", links.address("/auth/start", next=next_page), primary=True
            )
            st.caption(FORGOTTEN_AT_ENABLEHR)
            return _sign_in_local_user()
        case SignInMethod.ENABLEHR_PASSWORD:
            user_id = ENABLEHR.render()
            st.caption(FORGOTTEN_AT_ENABLEHR)
            return user_id or _sign_in_local_user()
        case SignInMethod.LOCAL:
            return _local_form()


def _local_form() -> int | None:
    user_id = LOCAL.render()
    st.caption(FORGOTTEN)
    return user_id


def _sign_in_local_user() -> int | None:
    with st.expander("Local users of iHUB"):
        return _local_form()


def _start_session(user_id: int | None, next_page: str) -> None:
    if user_id is not None:
        with errors.shown():
            ticket = local.issue_ticket(user_id, current_user.browser_nonce())
            links.redirect(links.address("/auth/enter", ticket=ticket, next=next_page))
