"""Create an API token, which is shown once."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from core.clock import now
from core.settings import settings
from core.sign_in import api_tokens
from core.sign_in.api_tokens import ApiScope
from pages.ui.layout import errors
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

TABLES = {
    ApiScope.RUNS: "Runs",
    ApiScope.RECORDS: "Employees of runs",
    ApiScope.PEOPLE: "People that the sources list",
}
DAYS = (30, 90, 365)


def render(user: CurrentUser) -> None:
    """Show the form, and what it has created."""
    st.header("Create a token", anchor=False)
    with st.form("token", border=True):
        name = st.text_input(
            "Name", max_chars=api_tokens.LONGEST_NAME, placeholder="What will use it, such as Power BI"
        )
        st.markdown("It may read")
        scopes = [
            scope
            for scope in TABLES
            if st.checkbox(TABLES[scope], value=scope is ApiScope.RUNS, key=f"token {scope}")
        ]
        st.caption(
            "The employees of runs and people are personal data: choose them only where they are needed."
        )
        days = st.selectbox("It is valid for", DAYS, index=1, format_func=lambda each: f"{each} days")
        if st.form_submit_button("Create token", type="primary"):
            with errors.shown():
                token = api_tokens.create_token(user.actor, name, scopes, days)
                _render_token(user, name, token, days)


def _render_token(user: CurrentUser, name: str, token: str, days: int) -> None:
    """Show a new token, with what to do with it; the next click on the page takes it away."""
    last_day = (now() + timedelta(days=days)).astimezone(user.zone)
    st.success(
        plain(
            f"Copy the token {name.strip()} now: it is not shown again. It is valid until {last_day:%d %b %Y}. "
            "Keep it like a password, and never in a link or a workbook that others get."
        )
    )
    st.code(token, language=None)
    st.caption("The first page of runs, from a command line:")
    st.code(f'curl -H "Authorization: Bearer {token}" {settings().url}/api/v1/runs', language=None)
