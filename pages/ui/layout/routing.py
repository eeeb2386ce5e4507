"""Route an address to its page: sign-in first, then a menu of the pages the role may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from core import store_version
from core.accounts import memberships
from core.distinct_names import distinct_names
from core.security.actor import ActingRole, Actor, Permission
from core.sign_in import sessions
from core.sign_in.sessions import AccountView
from pages.ui.home import home_page
from pages.ui.layout import (
    current_user,
    dialogs,
    links,
    menu_counts,
    shown_account,
    style,
    time_zones,
)
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.menu_counts import MenuCounts
from pages.ui.layout.plain_text import plain
from pages.ui.people import people_search
from pages.ui.sign_in import no_access, signing_in

TO_FIX, ALERTS = "pages/To_fix.py", "pages/Alerts.py"
PAGES = (
    ("pages/Connections.py", "Connections", ":material/cable:", Permission.SEE_CONNECTIONS),
    ("pages/Jobs.py", "Jobs", ":material/play_circle:", Permission.SEE_JOBS),
    ("pages/Reports.py", "Reports", ":material/lab_profile:", Permission.SEE_REPORTS),
    ("pages/People.py", "People", ":material/person_search:", Permission.SEE_REPORTS),
    (TO_FIX, "To fix", ":material/build:", Permission.SEE_REPORTS),
    (ALERTS, "Alerts", ":material/notifications:", Permission.SEE_REPORTS),
    ("pages/API_tokens.py", "API tokens", ":material/vpn_key:", Permission.SEE_REPORTS),
    ("pages/Audit.py", "Audit", ":material/history:", Permission.SEE_AUDIT),
    ("pages/Access.py", "Access", ":material/key:", Permission.MANAGE_ACCESS),
    ("pages/Support.py", "Support", ":material/support_agent:", Permission.MANAGE_ACCESS),
)
# Read once: Streamlit would open the files for each click.
ICON, LOGO = (Path(__file__).with_name(name).read_text() for name in ("icon.svg", "logo.svg"))
ROLE_NAMES = {
    ActingRole.ACCOUNT_ADMIN: "Account Admin",
    ActingRole.SUPPORT: "enableHR Support",
    ActingRole.ANALYST: "Analyst",
    ActingRole.GUEST: "No role yet",
}


def main() -> None:
    """Show the page of the address, or the sign-in form."""
    store_version.check.require()
    with current_user.drawing_page(by_click=not dialogs.was_redrawn()):
        _render_page()


def _render_page() -> None:
    st.set_page_config(page_title="iHUB", page_icon=ICON, layout="wide")
    style.apply()
    st.logo(LOGO, size="large")
    actor = current_user.current_actor()
    may_see = actor is not None and actor.may(Permission.SEE_REPORTS)
    counts = menu_counts.show(actor)
    home_title = f"Home ({counts.held:,} to decide)" if counts.held else "Home"
    home = _page(home_page.render, home_title, ":material/home:", may_see, url_path="start", default=True)
    pages = [
        _page(path, _title(path, title, counts), icon, actor is not None and actor.may(permission))
        for path, title, icon, permission in PAGES
    ]
    has_role = actor is not None and actor.role is not ActingRole.GUEST
    page = st.navigation([home, *pages], position="sidebar" if has_role else "hidden")
    st.set_page_config(page_title=f"{_without_number(page.title)} · iHUB")
    if actor is None:
        # st.navigation must have run first, or the address of the page is lost during sign-in.
        query = {name: value for name, value in st.query_params.to_dict().items() if name != "notice"}
        signing_in.render(links.address(f"/{page.url_path}", **query))
        return
    accounts = current_user.accounts_of(actor)
    if actor.role is ActingRole.GUEST:
        if accounts and not memberships.must_choose_password(actor):
            _render_no_role()
        else:
            no_access.render(actor)
        return
    dialogs.close()
    shown_account.name_in_links(several=len(accounts) > 1)
    shown_account.render_script(page.url_path)
    with st.sidebar:
        _render_account(actor, accounts)
    dialogs.open_wanted(time_zone=time_zones.ask_time_zone)
    page.run()


def _render_no_role() -> None:
    """Say that the account in the address is none of the person's accounts."""
    st.error(shown_account.NO_ROLE)
    links.render_link("Go to your accounts", "/")


def _title(path: str, title: str, counts: MenuCounts) -> str:
    """Return the name of a page in the menu: *To fix* with the number of people, *Alerts* with that of new ones."""
    number = {TO_FIX: counts.to_fix, ALERTS: counts.alerts}.get(path)
    return f"{title} ({number:,})" if number else title


def _page(path: str | Callable[[], None], title: str, icon: str, visible: bool, **more: Any) -> st.Page:
    """Return a page of the menu: a copy of its own for each click, which Streamlit changes when it draws the page."""
    return copy(_kept_page(path, title, icon, visible, **more))


# Streamlit looks for the file of each page in the file system, folder by folder, whenever one is made.
@lru_cache(maxsize=500)
def _kept_page(path: str | Callable[[], None], title: str, icon: str, visible: bool, **more: Any) -> st.Page:
    return st.Page(path, title=title, icon=icon, visibility="visible" if visible else "hidden", **more)


def _without_number(title: str) -> str:
    return title.partition(" (")[0]


def _render_account(actor: Actor, accounts: Mapping[int, AccountView]) -> None:
    """Show the account and the user; Support and users with several accounts can choose another account."""
    if len(accounts) > 1 or actor.account_id is None:
        labels = distinct_names({str(number): view.name for number, view in accounts.items()})
        names = {
            number: labels[str(number)] + ("" if view.enabled else " (off)")
            for number, view in accounts.items()
        }
        chosen = st.selectbox(
            "Account",
            list(accounts),
            index=next((at for at, number in enumerate(accounts) if number == actor.account_id), None),
            format_func=names.__getitem__,
            placeholder="Choose an account",
            key=f"account {actor.account_id}",
        )
        if chosen is not None and chosen != actor.account_id:
            links.redirect(
                links.address("/auth/account", id=chosen, next=f"/?{shown_account.PARAMETER}={chosen}")
            )
            st.stop()
    else:
        st.markdown(f"**{plain(next(iter(accounts.values())).name)}**")
    account = accounts.get(actor.account_id or 0)
    if account is not None and not account.enabled:
        st.warning("iHUB is switched off for this account: no job runs, and only Support has access.")
    if account is not None and actor.may(Permission.SEE_REPORTS):
        people_search.render_box()
    if account is not None:
        time_zones.render_button(CurrentUser(actor, account))
    st.caption(f"{plain(actor.name)} · {ROLE_NAMES[actor.role]}")
    links.render_link("Sign out", "/auth/logout")
    if st.button(
        "Sign out everywhere", type="tertiary", help="Ends your sessions in all browsers, including this one."
    ):
        sessions.sign_out_everywhere(actor)
        links.redirect("/auth/logout")
        st.stop()
