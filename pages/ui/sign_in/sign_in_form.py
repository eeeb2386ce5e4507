"""The sign-in form: streamlit-authenticator renders it, iHUB checks the user name and password.

The library's own cookie is not used: it is set by a script, so that any script could read it, and it cannot be
revoked; its lock-out can be bypassed. A correct password becomes a ticket instead (see core/sign_in/local.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel
from streamlit_authenticator.utilities import LoginError

from core.sign_in import local
from pages.ui.layout import current_user
from pages.ui.layout.plain_text import plain

SESSION_STATE_KEYS = ("authentication_status", "username", "name", "email", "roles", "logout")
Check = Callable[[str, str, str | None], int]


class SignInForm:
    """A form with a title and the check of what is entered."""

    def __init__(self, title: str, check: Check) -> None:
        """``check`` takes a user name, a password and the network address, and returns the user's id."""
        self._title, self._check = title, check

    def render(self) -> int | None:
        """Show the form; return the id of the user who has signed in, or None."""
        form = _Form(self._check)
        fields = {
            "Form name": self._title,
            "Username": "User name",
            "Password": "Password",
            "Login": "Sign in",
        }
        try:
            form.login(fields=fields, key=self._title)
        except LoginError as error:
            st.error(plain(error))
        model = form.authentication_controller.authentication_model
        for key in SESSION_STATE_KEYS:
            st.session_state.pop(key, None)
        user_id: int | None = model.user_id
        return user_id


class _Model(AuthenticationModel):  # type: ignore[misc]
    """Checks credentials with iHUB instead of a list of users, and keeps the user's id."""

    user_id: int | None = None
    check: Check

    def check_credentials(self, username: str, password: str) -> bool:
        """Return True for correct credentials. Raises LoginError with the message for the person."""
        try:
            self.user_id = self.check(username, password, current_user.network_address())
        except local.SignInRefusedError as error:
            raise LoginError(str(error)) from error
        self.credentials["usernames"][username] = {"first_name": "", "last_name": "", "password": ""}
        return True


class _Controller(AuthenticationController):  # type: ignore[misc]
    """Passes the entries to the model unchanged."""

    def __init__(self, check: Check) -> None:
        self.authentication_model = _Model({"usernames": {}}, auto_hash=False)
        self.authentication_model.check = check

    def login(self, username: str = "", password: str = "", *_limits: object, **_options: object) -> bool:
        """Check the credentials entered. Raises LoginError when they are incomplete or refused."""
        if not username or not password:
            raise LoginError("Enter your user name and password.")
        return bool(self.authentication_model.login(username, password))


class _NoCookie:
    """Replaces the library's own cookie."""

    def get_cookie(self) -> None:
        """Return no cookie."""

    def set_cookie(self) -> None:
        """Set no cookie."""


class _Form(Authenticate):  # type: ignore[misc]
    """The library's form without the script that sets its cookie."""

    def __init__(self, check: Check) -> None:
        self.attrs: dict[str, Any] = {"login_sleep_time": 0}
        self.path = None
        self.authentication_controller = _Controller(check)
        self.cookie_controller = _NoCookie()
