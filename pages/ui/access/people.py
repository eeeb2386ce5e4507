"""The people on the Access page: what each may do, when they last came, and how to change it."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from core.accounts import accounts, memberships, overview
from core.accounts.overview import PersonRow
from core.reports.audit_wording import ROLES
from core.security.actor import Actor
from core.settings import settings
from pages.ui.access import invite_person
from pages.ui.access.account_list import first
from pages.ui.layout import badges, errors, links, paging, times
from pages.ui.layout.current_user import require_support

WIDTHS = [3.2, 4, 2.6, 1.2]


def draw(actor: Actor) -> None:
    """Draw one page of people, of all accounts or of the one in the address."""
    account_id = _account_of_address(actor)
    search = st.text_input(
        "Search", placeholder="Name or user name", type="search", key="search people", on_change=first
    )
    found = overview.people_page(actor, search or "", account_id, paging.number())
    if not found.total:
        st.info("Nobody matches. Search for something else, or invite the person.")
    else:
        for column, name in zip(
            st.columns(WIDTHS), ("Person", "May use iHUB as", "Last came", ""), strict=True
        ):
            column.html(f'<span class="hub-quiet">{name}</span>')
    for row in found.people:
        _person(row)
    paging.draw(found.pages, f"people {account_id} {search}")


def _account_of_address(actor: Actor) -> int | None:
    wanted = st.query_params.get("account", "")
    chosen = next((one for one in accounts.list_all(actor) if str(one.id) == wanted), None)
    if chosen is None:
        return None
    everybody = links.anchor("Show everybody", links.address("/Access", show="people"))
    st.html(f"People of <b>{escape(chosen.name)}</b> &nbsp; {everybody}")
    return chosen.id


def _person(row: PersonRow) -> None:
    with st.container(border=True, key=f"person-row-{row.id}"):
        name, roles, seen, change = st.columns(WIDTHS, vertical_alignment="center")
        marks = "" if row.active else badges.pill("Switched off", "grey")
        if row.one_time:
            marks += badges.pill("One-time password", "amber", "Has not chosen a password yet.")
        name.html(
            f'<b>{escape(row.name)}</b> {marks}<br><span class="hub-quiet">{escape(row.username)}</span>'
        )
        roles.html(_roles(row))
        seen.html(times.moment(row.last_seen_at, ZoneInfo(settings().time_zone), "Never"))
        with change.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Change", key=f"change {row.id}"):
                _ask(row.id)


def _roles(row: PersonRow) -> str:
    lines = [badges.pill("enableHR Support", "blue", "All accounts.")] if row.support else []
    for role in row.roles:
        off = ' <span class="hub-quiet">(iHUB is off)</span>' if not role.enabled else ""
        lines.append(f"{ROLES[role.role]} of {escape(role.account_name)}{off}")
    return "<br>".join(lines) or '<span class="hub-quiet">Nothing yet</span>'


@st.dialog("Change access", width="large", on_dismiss="rerun")
def _ask(user_id: int) -> None:
    actor = require_support()
    row = overview.person(actor, user_id)
    if row is None:
        st.error("There is no such person.")
        return
    st.html(f'<b>{escape(row.name)}</b> <span class="hub-quiet">{escape(row.username)}</span>')
    if row.id == actor.user_id:
        st.info("This is you. A colleague in Support can change your access.")
        return
    with errors.shown():
        _take(actor, row)
        _give(actor, row)
        st.divider()
        _whole(actor, row)
    if st.button("Done", type="primary"):
        st.rerun()


def _take(actor: Actor, row: PersonRow) -> None:
    if not row.roles:
        st.caption("No role in any account.")
    for role in row.roles:
        words, button = st.columns([4, 1.4], vertical_alignment="center")
        words.write(f"{ROLES[role.role]} of {role.account_name}")
        if button.button("Take away", key=f"take {role.account_id} {role.role}"):
            memberships.revoke_role(actor, row.id, role.account_id, role.role)
            st.rerun(scope="fragment")


def _give(actor: Actor, row: PersonRow) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        account_id, role = invite_person.role_fields(actor, f"give {row.id}")
        chosen = st.button("Give role", key="give role", disabled=account_id is None or role is None)
        if chosen and account_id is not None and role is not None:
            memberships.give_role(actor, row.id, account_id, role)
            st.rerun(scope="fragment")


def _whole(actor: Actor, row: PersonRow) -> None:
    """Draw what concerns the person in all accounts."""
    with st.container(horizontal=True):
        support = st.button(
            "Take out of Support" if row.support else "Make a member of Support", key="support"
        )
        active = st.button("Switch the person off" if row.active else "Switch the person on", key="active")
        password = row.local and st.button("New one-time password", key="password")
    if password:
        invite_person.show_password(row.username, memberships.new_password(actor, row.id))
    if support:
        memberships.set_support(actor, row.id, not row.support)
        st.rerun(scope="fragment")
    if active:
        memberships.set_active(actor, row.id, not row.active)
        st.rerun(scope="fragment")
