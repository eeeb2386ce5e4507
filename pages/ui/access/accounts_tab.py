"""The accounts on the Access page: iHUB on or off, how many use it, and when they last came."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from core.accounts import accounts, overview
from core.accounts.overview import AccountRow
from core.security.actor import Actor
from core.settings import settings
from pages.ui.layout import badges, errors, links, paging, times
from pages.ui.layout.badges import Badge
from pages.ui.layout.current_user import require_support

WIDTHS = [4, 1.2, 1.6, 2.6, 1.6]
ON, OFF = (
    Badge("On", "green", "People with a role in it may use iHUB."),
    Badge("Off", "grey", "Nobody but Support gets in."),
)


def render(actor: Actor) -> None:
    """Draw one page of accounts."""
    search = st.text_input(
        "Search", placeholder="Name or enableHR number", type="search", key="search accounts", on_change=first
    )
    found = overview.accounts_page(actor, search or "", paging.current_page())
    if not found.total:
        st.info("No account matches. Search for something else, or add the account.")
    else:
        _heading()
    for row in found.accounts:
        _account(row)
    paging.render(found.pages, f"accounts {search}")


def first() -> None:
    """Go back to the first page of a list."""
    st.query_params.pop("page", None)


def remember() -> None:
    """Keep which list is shown in the address."""
    st.query_params.clear()
    st.query_params["show"] = st.session_state["show"]


def _heading() -> None:
    for column, name in zip(
        st.columns(WIDTHS), ("Account", "People", "Connections", "Somebody last came", ""), strict=True
    ):
        column.html(f'<span class="hub-quiet">{name}</span>')


def _account(row: AccountRow) -> None:
    with st.container(border=True, key=f"account-row-{row.id}"):
        name, people, connections, seen, change = st.columns(WIDTHS, vertical_alignment="center")
        number = f"enableHR {escape(row.enablehr_id)} · " if row.enablehr_id else ""
        badge = badges.badge_html(ON if row.enabled else OFF)
        name.html(f'<b>{escape(row.name)}</b> {badge}<br><span class="hub-quiet">{number}{row.region}</span>')
        people.html(links.anchor(f"{row.people:,}", links.address("/Access", show="people", account=row.id)))
        connections.html(f"{row.connections:,}")
        seen.html(times.format_time(row.last_seen_at, ZoneInfo(settings().time_zone), "Nobody yet"))
        with change.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Switch off" if row.enabled else "Switch on", key=f"switch {row.id}"):
                _ask_off(row.id, row.name) if row.enabled else _switch(row.id, True)


def _switch(account_id: int, on: bool) -> None:
    with errors.shown():
        accounts.set_enabled(account_id, on, require_support())
        st.rerun()


@st.dialog("Switch iHUB off")
def _ask_off(account_id: int, name: str) -> None:
    require_support()
    st.write(f"Switch iHUB off for **{name}**?")
    st.write("**Stops at once:** its schedules, its waiting runs, and the sign-ins of its people.")
    st.write("**Ends by itself:** a run that is going on now.")
    st.write("**Is kept:** everything. Switched on again, its schedules go on with their next occurrence.")
    if st.button("Switch off", type="primary", key="really off"):
        _switch(account_id, False)


@st.dialog("Add account")
def ask_new_account() -> None:
    """Enter a customer of enableHR."""
    actor = require_support()
    name = st.text_input("Name", max_chars=200)
    number = st.text_input("Account number in enableHR", max_chars=64)
    region = st.selectbox("Region", ["AU", "NZ"])
    zone = "Pacific/Auckland" if region == "NZ" else settings().time_zone
    st.caption(f"Times are shown in {zone}. iHUB is on for the account as soon as it is added.")
    if st.button("Add", type="primary", key="add account"):
        with errors.shown():
            accounts.create(
                name, enablehr_id=number.strip() or None, region=region, time_zone=zone, actor=actor
            )
            st.rerun()
