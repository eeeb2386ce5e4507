"""Users on the Access page: their roles, their last sign-in, and how to change them."""

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
from pages.ui.layout import badges, errors, links, paging, times
from pages.ui.layout.current_user import require_support
from pages.ui.layout.plain_text import plain

WIDTHS = [3.2, 4, 2.6, 1.2]


def render(actor: Actor) -> None:
    """Show one page of people, of all accounts or of the account in the address."""
    account_id = _account_of_address(actor)
    search = st.text_input(
        "Search", placeholder="Name or user name", type="search", key="search people", on_change=paging.reset
    )
    page = overview.people_page(actor, search or "", account_id, paging.current_page())
    if not page.total:
        st.info("No person matches. Search for something else, or invite the person.")
    else:
        for column, name in zip(st.columns(WIDTHS), ("Person", "Role", "Last sign-in", ""), strict=True):
            column.html(f'<span class="hub-quiet">{name}</span>')
    for row in page.people:
        _render_person(row)
    paging.render(page.pages, f"people {account_id} {search}")


def _account_of_address(actor: Actor) -> int | None:
    parameter = st.query_params.get("of", "")
    account = next((view for view in accounts.list_all(actor) if str(view.id) == parameter), None)
    if account is None:
        return None
    everyone = links.anchor("Show everyone", links.address("/Access", show="people"))
    st.html(f"Users of <b>{escape(account.name)}</b> &nbsp; {everyone}")
    return account.id


def _render_person(row: PersonRow) -> None:
    with st.container(border=True, key=f"person-row-{row.id}"):
        name, roles, last_sign_in, buttons = st.columns(WIDTHS, vertical_alignment="center")
        labels = "" if row.active else badges.label_html("Switched off", "grey")
        if row.one_time:
            labels += badges.label_html(
                "One-time password", "amber", "Has not chosen their own password yet."
            )
        name.html(
            f'<b>{escape(row.name)}</b> {labels}<br><span class="hub-quiet">{escape(row.username)}</span>'
        )
        roles.html(_roles_html(row))
        last_sign_in.html(times.format_time(row.last_seen_at, ZoneInfo(settings().time_zone), "Never"))
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Change", key=f"change {row.id}"):
                _change_access(row.id)


def _roles_html(row: PersonRow) -> str:
    lines = [badges.label_html("enableHR Support", "blue", "All accounts.")] if row.support else []
    for role in row.roles:
        off = ' <span class="hub-quiet">(iHUB is off)</span>' if not role.enabled else ""
        lines.append(f"{ROLES[role.role]} of {escape(role.account_name)}{off}")
    return "<br>".join(lines) or '<span class="hub-quiet">No role yet</span>'


@st.dialog("Change access", width="large", on_dismiss="rerun")
def _change_access(user_id: int) -> None:
    actor = require_support()
    row = overview.person(actor, user_id)
    if row is None:
        st.error("This person does not exist.")
        return
    st.html(f'<b>{escape(row.name)}</b> <span class="hub-quiet">{escape(row.username)}</span>')
    if row.id == actor.user_id:
        st.info("This is you. A colleague in Support can change your access.")
        return
    with errors.shown():
        _render_roles(actor, row)
        _render_new_role(actor, row)
        st.divider()
        _render_person_settings(actor, row)
    if st.button("Done", type="primary"):
        st.rerun()


def _render_roles(actor: Actor, row: PersonRow) -> None:
    if not row.roles:
        st.caption("No role in any account.")
    for role in row.roles:
        label, button = st.columns([4, 1.4], vertical_alignment="center")
        label.write(f"{ROLES[role.role]} of {plain(role.account_name)}")
        if button.button("Remove", key=f"take {role.account_id} {role.role}"):
            memberships.revoke_role(actor, row.id, role.account_id, role.role)
            st.rerun(scope="fragment")


def _render_new_role(actor: Actor, row: PersonRow) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        account_id, role = invite_person.render_role_fields(actor, f"give {row.id}")
        clicked = st.button("Give role", key="give role", disabled=account_id is None or role is None)
        if clicked and account_id is not None and role is not None:
            memberships.give_role(actor, row.id, account_id, role)
            st.rerun(scope="fragment")


def _render_person_settings(actor: Actor, row: PersonRow) -> None:
    """Show the buttons that change the person for all accounts."""
    with st.container(horizontal=True):
        support = st.button("Remove from Support" if row.support else "Add to Support", key="support")
        active = st.button("Switch person off" if row.active else "Switch person on", key="active")
        password = row.local and st.button("New one-time password", key="password")
    if password:
        invite_person.show_password(row.username, memberships.new_password(actor, row.id))
    if support:
        memberships.set_support(actor, row.id, not row.support)
        st.rerun(scope="fragment")
    if active:
        memberships.set_active(actor, row.id, not row.active)
        st.rerun(scope="fragment")
