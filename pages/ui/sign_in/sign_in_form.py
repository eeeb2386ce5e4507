"""The form for a user name and a password: streamlit-authenticator draws it, iHUB checks what was entered.

Its own cookie is set by a script, so any script could read it, and it cannot be revoked; its lock-out can be
walked around. None of that is used: a right password becomes a ticket (see core/sign_in/local.py).
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
from pages.ui.layout.current_user import network_address

LEFT_BEHIND = ("authentication_status", "username", "name", "email", "roles", "logout")
Check = Callable[[str, str, str | None], int]


class SignInForm:
    """A form with a title, and who checks what is entered."""

    def __init__(self, title: str, check: Check) -> None:
        """Take the check: user name, password and address in, the user's id out."""
        self._title, self._check = title, check

    def draw(self) -> int | None:
        """Draw the form; return who has signed in, None while nobody has."""
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
            st.error(str(error))
        model = form.authentication_controller.authentication_model
        for key in LEFT_BEHIND:
            st.session_state.pop(key, None)
        user_id: int | None = model.user_id
        return user_id


class _Model(AuthenticationModel):  # type: ignore[misc]
    """Asks iHUB instead of a list of users; keeps who it was."""

    user_id: int | None = None
    check: Check

    def check_credentials(self, username: str, password: str) -> bool:
        """Say whether the password is right; the reason for a refusal goes to the person."""
        try:
            self.user_id = self.check(username, password, network_address())
        except local.SignInRefusedError as error:
            raise LoginError(str(error)) from error
        self.credentials["usernames"][username] = {"first_name": "", "last_name": "", "password": ""}
        return True


class _Controller(AuthenticationController):  # type: ignore[misc]
    """Hands the entries on as they were typed."""

    def __init__(self, check: Check) -> None:
        self.authentication_model = _Model({"usernames": {}}, auto_hash=False)
        self.authentication_model.check = check

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

    def __init__(self, check: Check) -> None:
        self.attrs: dict[str, Any] = {"login_sleep_time": 0}
        self.path = None
        self.authentication_controller = _Controller(check)
        self.cookie_controller = _NoCookie()
