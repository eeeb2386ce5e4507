"""The sign-in form: streamlit-authenticator draws it, iHUB checks what was entered.

Its own cookie is set by a script, so any script could read it, and it cannot be revoked; its lock-out can be
walked around. None of that is used: a right password becomes a ticket (see core/access.py).
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel
from streamlit_authenticator.utilities import LoginError

from core import access
from pages.ui import links
from pages.ui.guard import address, browser

FIELDS = {"Form name": "Sign in", "Username": "User name", "Password": "Password", "Login": "Sign in"}
LEFT_BEHIND = ("authentication_status", "username", "name", "email", "roles", "logout")


class _Model(AuthenticationModel):  # type: ignore[misc]
    """Asks iHUB instead of a list of users; keeps who it was."""

    user_id: int | None = None

    def check_credentials(self, username: str, password: str) -> bool:
        """Say whether the password is right; the reason for a refusal goes to the person."""
        try:
            self.user_id = access.sign_in(username, password, address())
        except access.SignInRefusedError as error:
            raise LoginError(str(error)) from error
        self.credentials["usernames"][username] = {"first_name": "", "last_name": "", "password": ""}
        return True


class _Controller(AuthenticationController):  # type: ignore[misc]
    """Hands the entries on as they were typed."""

    def __init__(self) -> None:
        self.authentication_model = _Model({"usernames": {}}, auto_hash=False)

    def login(self, username: str = "", password: str = "", *_limits: object, **_options: object) -> bool:
        """Check one entry of the form."""
        if not username or not password:
            raise LoginError("Enter your user name and your password.")
        return bool(self.authentication_model.login(username, password))


class _NoCookie:
    """Stands where the form expects its own cookie."""

    def get_cookie(self) -> None:
        """Return that there is none."""

    def set_cookie(self) -> None:
        """Set none."""


class _Form(Authenticate):  # type: ignore[misc]
    """The form without the parts that would mount a script for the cookie."""

    def __init__(self) -> None:
        self.attrs: dict[str, Any] = {"login_sleep_time": 0}
        self.path = None
        self.authentication_controller = _Controller()
        self.cookie_controller = _NoCookie()


def draw(next_page: str) -> None:
    """Draw the form; after the right password the browser goes to ``next_page`` with a session."""
    _, middle, _ = st.columns([1, 1.1, 1])
    with middle:
        st.title("iHUB")
        st.caption("Integration Hub: keeps your employees in step between enableHR and payroll.")
        if not browser():
            st.error(
                "Your browser does not keep cookies, and iHUB needs one to know you. "
                "Allow cookies for this site and load the page again."
            )
            return
        user_id = _entered()
        st.caption("No access yet? Sign in all the same: you can ask enableHR Support for it on the next page.")
    if user_id is not None:
        links.go(links.address("/auth/enter", ticket=access.make_ticket(user_id, browser()), next=next_page))


def _entered() -> int | None:
    form = _Form()
    try:
        form.login(fields=FIELDS)
    except LoginError as error:
        st.error(str(error))
    user_id: int | None = form.authentication_controller.authentication_model.user_id
    for key in LEFT_BEHIND:
        st.session_state.pop(key, None)
    return user_id
