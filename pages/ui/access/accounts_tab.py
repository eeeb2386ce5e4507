"""Accounts on the Access page: iHUB on or off, people, connections and the last sign-in."""

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
from pages.ui.layout.plain_text import plain

WIDTHS = [4, 1.2, 1.6, 2.6, 1.6]
ON, OFF = (
    Badge("On", "green", "People with a role in this account may use iHUB."),
    Badge("Off", "grey", "Only Support has access."),
)


def render(actor: Actor) -> None:
    """Show one page of accounts."""
    search = st.text_input(
        "Search",
        placeholder="Name or enableHR number",
        type="search",
        key="search accounts",
        on_change=paging.reset,
    )
    page = overview.accounts_page(actor, search or "", paging.current_page())
    if not page.total:
        st.info("No account matches. Search for something else, or add the account.")
    else:
        _render_heading()
    for row in page.accounts:
        _render_account(row)
    paging.render(page.pages, f"accounts {search}")
    if page.total:
        badges.render_legend((ON, OFF))


def _render_heading() -> None:
    names = ("Account", "Users", "Connections", "Last sign-in", "")
    for column, name in zip(st.columns(WIDTHS), names, strict=True):
        column.html(f'<span class="hub-quiet">{name}</span>')


def _render_account(row: AccountRow) -> None:
    with st.container(border=True, key=f"account-row-{row.id}"):
        name, people, connections, last_sign_in, buttons = st.columns(WIDTHS, vertical_alignment="center")
        number = f"enableHR {escape(row.enablehr_id)} · " if row.enablehr_id else ""
        badge = badges.badge_html(ON if row.enabled else OFF)
        name.html(f'<b>{escape(row.name)}</b> {badge}<br><span class="hub-quiet">{number}{row.region}</span>')
        people.html(links.anchor(f"{row.people:,}", links.address("/Access", show="people", of=row.id)))
        connections.html(f"{row.connections:,}")
        last_sign_in.html(times.format_time(row.last_seen_at, ZoneInfo(settings().time_zone), "Never"))
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Switch off" if row.enabled else "Switch on", key=f"switch {row.id}"):
                _confirm_switch_off(row.id, row.name) if row.enabled else _set_enabled(row.id, True)


def _set_enabled(account_id: int, enabled: bool) -> None:
    with errors.shown():
        accounts.set_enabled(account_id, enabled, require_support())
        st.rerun()


@st.dialog("Switch iHUB off")
def _confirm_switch_off(account_id: int, name: str) -> None:
    require_support()
    st.write(f"Switch iHUB off for **{plain(name)}**?")
    st.write("**What stops:** its schedules and queued runs, and the sessions of its people.")
    st.write("**What finishes first:** a run that is in progress.")
    st.write(
        "**What stays:** all data. If you switch iHUB on again, its schedules resume at their next time."
    )
    if st.button("Switch off", type="primary", key="really off"):
        _set_enabled(account_id, False)


@st.dialog("Add account")
def ask_new_account() -> None:
    """Ask for a customer of enableHR and add it."""
    actor = require_support()
    name = st.text_input("Name", max_chars=200)
    number = st.text_input("Account number in enableHR", max_chars=64)
    region = st.selectbox("Region", ["AU", "NZ"])
    zone = accounts.new_account_time_zone(region)
    st.caption(
        f"Times are shown in the time zone {plain(zone)}. iHUB is on for the account as soon as it is added."
    )
    if st.button("Add", type="primary", key="add account"):
        with errors.shown():
            accounts.create(name, enablehr_id=number.strip() or None, region=region, actor=actor)
            st.rerun()
