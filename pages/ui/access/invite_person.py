"""The dialog that invites a person, and the one-time password it shows."""

from __future__ import annotations

import streamlit as st

from core.accounts import accounts, memberships
from core.models import Role
from core.reports.audit_wording import ROLES
from core.security.actor import Actor
from pages.ui.layout import errors
from pages.ui.layout.current_user import require_support
from pages.ui.layout.plain_text import plain


@st.dialog("Invite a person", width="large", on_dismiss="rerun")
def ask_person() -> None:
    """Ask for a person and a role; a person who signs in locally gets a one-time password."""
    actor = require_support()
    left, right = st.columns(2)
    name = left.text_input("Name", max_chars=200)
    username = right.text_input("User name or e-mail", max_chars=200, help="What the person signs in with.")
    support = st.checkbox("Member of enableHR Support, for all accounts")
    account_id, role = (None, None) if support else render_role_fields(actor, "invite")
    local = st.checkbox(
        "Give a one-time password",
        value=True,
        help="For people without enableHR credentials. They choose their own password at first sign-in.",
    )
    if st.button("Invite", type="primary", key="invite"):
        with errors.shown():
            granted = None if support or account_id is None else role
            invited = memberships.invite(
                actor, username, name, account_id=account_id, role=granted, support=support, local=local
            )
            if invited.password is None:
                st.success(
                    f"{plain(name)} can now sign in with their enableHR credentials. Close this window to continue."
                )
            else:
                show_password(username, invited.password)


def render_role_fields(actor: Actor, key: str) -> tuple[int | None, Role | None]:
    """Show the choice of an account and a role; neither has a default, so that no role is given by mistake."""
    names = {
        account.id: account.name + ("" if account.ihub_enabled else " (iHUB is off)")
        for account in accounts.list_all(actor)
    }
    account_id = st.selectbox(
        "Account",
        list(names),
        index=None,
        placeholder="Choose an account",
        format_func=names.__getitem__,
        key=f"account {key}",
    )
    role = st.selectbox(
        "Role",
        list(Role),
        index=None,
        placeholder="Choose a role",
        format_func=ROLES.__getitem__,
        key=f"role {key}",
    )
    return account_id, role


def show_password(username: str, password: str) -> None:
    """Show a one-time password, once."""
    st.success(
        f"{plain(username)} can sign in with this password for 7 days and then chooses their own. "
        "It is shown only once: pass it on by phone or in person, then close this window."
    )
    st.code(password, language=None)
