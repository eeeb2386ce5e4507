"""What somebody sees who has proved who they are and has no access yet."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.newcomers import Newcomer
from pages.ui import links

HOW_TO_ASK = "Ask enableHR Support to switch iHUB on for your account and to give you a role. Tell them this user name:"


def draw(newcomer: Newcomer) -> None:
    """Say that there is no access yet and how to ask for it."""
    st.title("You have no access yet")
    st.html(
        f"<p>iHUB knows you as <b>{escape(newcomer.name)}</b>, "
        "but no account gives you access to iHUB at the moment.</p>"
        f"<p>{HOW_TO_ASK}</p>"
    )
    st.code(newcomer.username, language=None)
    if newcomer.companies:
        companies = escape(", ".join(newcomer.companies))
        st.html(f'<p class="hub-quiet">Your accounts in enableHR: {companies}</p>')
    links.button("Back to the sign-in", "/")
