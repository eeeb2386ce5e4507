"""Filters of the audit: person, action, item and dates."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.reports.audit_log import AuditFilter
from core.reports.audit_wording import ACTIONS
from core.security.actor import Permission
from pages.ui.layout import links, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.url_filters import UrlFilters

THIS_ACCOUNT, NO_ACCOUNT = "This account", "No account"
FILTERS = UrlFilters("audit")


def is_outside(user: CurrentUser) -> bool:
    """Say whether Support has chosen the entries that belong to no account."""
    return user.actor.may(Permission.MANAGE_ACCESS) and st.query_params.get("outside") == "yes"


def choose(user: CurrentUser, people: Mapping[int, str]) -> AuditFilter:
    """Show the filters and return what was chosen."""
    outside = is_outside(user)
    if user.actor.may(Permission.MANAGE_ACCESS):
        st.segmented_control(
            "Scope",
            [THIS_ACCOUNT, NO_ACCOUNT],
            default=NO_ACCOUNT if outside else THIS_ACCOUNT,
            required=True,
            key="audit scope",
            on_change=_store_scope,
            label_visibility="collapsed",
        )
    box = st.container(key="filters-audit")
    first, second, third, fourth = box.columns([1, 1, 1, 1.8])
    with first:
        names = {str(number): name for number, name in people.items()}
        person = FILTERS.select("Who", names, "person", "Anyone")
    with second:
        actions = dict(sorted(ACTIONS.items(), key=lambda pair: pair[1]))
        action = FILTERS.select("What", actions, "action", "Any action")
    with third:
        item = FILTERS.text("Item", "subject", "Name or run number")
    with fourth:
        since, until = FILTERS.date_range(user.zone, f"The days of the actions, in {user.zone.key} time.")
    url_filters.render_refused()
    return AuditFilter(int(person) if person else None, action, since, until, item, outside)


def export_address(only: AuditFilter) -> str:
    """Return the address of the export with these filters."""
    return links.address(
        "/export/audit.csv",
        person=only.person,
        action=only.action,
        since=only.since,
        until=only.until,
        subject=only.subject,
        outside="yes" if only.outside else None,
    )


def _store_scope() -> None:
    outside = st.session_state["audit scope"] == NO_ACCOUNT
    url_filters.store({"outside": "yes" if outside else None, "person": None})
