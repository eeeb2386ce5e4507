"""From the address to the page: sign-in first, then a menu of what the role may use."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.security.actor import ActingRole, Actor, Permission
from core.sign_in import sessions
from pages.ui.layout import current_user, links, style
from pages.ui.sign_in import no_access, signing_in

PAGES = (
    ("pages/Connections.py", "Connections", ":material/cable:", Permission.SEE_CONNECTIONS),
    ("pages/Jobs.py", "Jobs", ":material/play_circle:", Permission.SEE_JOBS),
    ("pages/Reports.py", "Reports", ":material/lab_profile:", Permission.SEE_REPORTS),
    ("pages/Audit.py", "Audit", ":material/history:", Permission.SEE_AUDIT),
    ("pages/Access.py", "Access", ":material/key:", Permission.MANAGE_ACCESS),
    ("pages/Support.py", "Support", ":material/support_agent:", Permission.MANAGE_ACCESS),
)
HERE = Path(__file__).parent
ICON, LOGO = HERE / "icon.svg", HERE / "logo.svg"
HATS = {
    ActingRole.ACCOUNT_ADMIN: "Account Admin",
    ActingRole.SUPPORT: "enableHR Support",
    ActingRole.ANALYST: "Analyst",
    ActingRole.GUEST: "No role yet",
}


def main() -> None:
    """Draw the page that was asked for, or the sign-in form."""
    st.set_page_config(page_title="iHUB", page_icon=str(ICON), layout="wide")
    style.apply()
    st.logo(str(LOGO), size="large")
    actor = current_user.current_actor()
    pages = [
        _page(path, title, icon, actor is not None and actor.may(right)) for path, title, icon, right in PAGES
    ]
    start = st.Page(_start, title="Start", url_path="start", default=True, visibility="hidden")
    chosen = st.navigation(
        [start, *pages], position="sidebar" if actor and actor.role is not ActingRole.GUEST else "hidden"
    )
    if actor is None:
        # The address must have been resolved first, or the way to the page is lost during sign-in.
        asked = {name: value for name, value in st.query_params.to_dict().items() if name != "notice"}
        signing_in.draw(links.address(f"/{chosen.url_path}", **asked))
        return
    if actor.role is ActingRole.GUEST:
        no_access.draw(actor)
        return
    with st.sidebar:
        _who(actor)
    chosen.run()


def _page(path: str, title: str, icon: str, shown: bool) -> st.Page:
    return st.Page(path, title=title, icon=icon, visibility="visible" if shown else "hidden")


def _start() -> None:
    """Go on to the first page of the menu."""
    actor = current_user.current_actor()
    if actor is not None and actor.role is not ActingRole.GUEST:
        st.switch_page(next(path for path, _, _, right in PAGES if actor.may(right)))


def _who(actor: Actor) -> None:
    """Say who is signed in and in which account; Support and people with several accounts may choose another."""
    accounts = {account.id: account for account in sessions.accounts_of(actor)}
    if len(accounts) > 1 or actor.account_id is None:
        chosen = st.selectbox(
            "Account",
            list(accounts),
            index=list(accounts).index(actor.account_id) if actor.account_id in accounts else None,
            format_func=lambda number: accounts[number].name + ("" if accounts[number].enabled else " (off)"),
            placeholder="Choose an account",
            key=f"account {actor.account_id}",
        )
        if chosen is not None and chosen != actor.account_id:
            links.go(links.address("/auth/account", id=chosen, next="/"))
            st.stop()
    else:
        st.markdown(f"**{next(iter(accounts.values())).name}**")
    here = accounts.get(actor.account_id or 0)
    if here is not None and not here.enabled:
        st.warning("iHUB is switched off for this account: nothing runs, and only Support gets in.")
    st.caption(f"{actor.name} · {HATS.get(actor.role, actor.role)}")
    links.link("Sign out", "/auth/logout")
    if st.button(
        "Sign out everywhere", type="tertiary", help="Ends your sessions in all browsers, this one too."
    ):
        sessions.sign_out_everywhere(actor)
        links.go("/auth/logout")
        st.stop()
