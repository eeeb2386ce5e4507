"""The API tokens that can be used, or have expired; each can be revoked."""

from __future__ import annotations

import streamlit as st

from core.security.actor import Permission
from core.settings import settings
from core.sign_in import api_tokens
from core.sign_in.api_tokens import TokenView
from pages.ui.api_tokens.token_form import TABLES
from pages.ui.layout import confirmation, errors, flash_messages, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain


def render(user: CurrentUser) -> None:
    """Show the tokens, the newest first, and where the API describes itself."""
    everybody = user.actor.may(Permission.CHANGE_ACCOUNT)
    st.header("Tokens of this account" if everybody else "Your tokens", anchor=False)
    listed = api_tokens.list_tokens(user.actor)
    if not listed:
        st.info("There are no tokens.")
    for token in listed:
        _render_token(user, token, everybody)
    st.caption(plain(f"What the API has, for programs: {settings().url}/api/openapi.json"))


def _render_token(user: CurrentUser, token: TokenView, everybody: bool) -> None:
    key = f"token {token.id}"
    with st.container(border=True, key=f"token-{token.id}"):
        details, button = st.columns([5, 1], vertical_alignment="center")
        expires = "Expired on" if token.has_expired else "Valid until"
        reads = ", ".join(TABLES[scope] for scope in token.scopes)
        facts = [
            *([token.person] if everybody else []),
            reads,
            f"{expires} {times.format_time(token.expires_at, user.zone)}",
            f"Last used: {times.format_time(token.last_used_at, user.zone, 'never')}",
        ]
        details.markdown(f"**{plain(token.name)}**  \n{plain(' · '.join(facts))}")
        with button:
            confirmation.render_button("Revoke", key)
        if confirmation.is_open(key) and confirmation.render(
            key, [f"What uses **{plain(token.name)}** can read nothing from now on."], "Revoke the token"
        ):
            with errors.shown():
                api_tokens.revoke_token(user.actor, token.id)
                flash_messages.keep(f"The token {token.name} is revoked.")
                st.rerun()
