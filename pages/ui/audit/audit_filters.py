"""What narrows the audit: person, action, days, and what it was done to; kept in the page's address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import streamlit as st

from core.reports.audit_log import AuditFilter
from core.reports.audit_wording import ACTIONS
from core.security.actor import Permission
from pages.ui.layout import links
from pages.ui.layout.current_user import CurrentUser

HERE, OUTSIDE = "This account", "No account"


def outside(user: CurrentUser) -> bool:
    """Say whether Support wants to see what concerns no account."""
    return user.actor.may(Permission.MANAGE_ACCESS) and st.query_params.get("outside") == "yes"


def choose(user: CurrentUser, people: Mapping[int, str]) -> AuditFilter:
    """Draw the filters and return what was chosen."""
    if user.actor.may(Permission.MANAGE_ACCESS):
        st.segmented_control(
            "Where",
            [HERE, OUTSIDE],
            default=OUTSIDE if outside(user) else HERE,
            required=True,
            key="audit place",
            on_change=_remember_place,
            label_visibility="collapsed",
        )
    who, what, on, when = st.columns([1, 1, 1, 1.2])
    with who:
        person = _select("Who", {str(number): name for number, name in people.items()}, "person", "Anybody")
    with what:
        words = dict(sorted(ACTIONS.items(), key=lambda pair: pair[1]))
        action = _select("What", words, "action", "Anything")
    with on:
        subject = _text("On what", "subject", "Name, or a run's number")
    with when:
        since, until = _days(user)
    return AuditFilter(int(person) if person else None, action, since, until, subject, outside(user))


def address(only: AuditFilter) -> str:
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


def _select(label: str, names: Mapping[str, str], parameter: str, anything: str) -> str | None:
    wanted = st.query_params.get(parameter)
    options = ["", *names]
    st.selectbox(
        label,
        options,
        index=options.index(wanted) if wanted in options else 0,
        format_func=lambda option: names.get(option, anything),
        key=f"audit {parameter}",
        on_change=_remember,
        args=(parameter,),
    )
    return wanted if wanted in names else None


def _text(label: str, parameter: str, placeholder: str) -> str:
    wanted = st.query_params.get(parameter, "")
    st.text_input(
        label,
        wanted,
        placeholder=placeholder,
        type="search",
        key=f"audit {parameter}",
        on_change=_remember,
        args=(parameter,),
    )
    return wanted


def _days(user: CurrentUser) -> tuple[date | None, date | None]:
    since, until = _day("since"), _day("until")
    value: list[Any] = [day for day in (since, until) if day]
    latest = datetime.now(user.zone).date()
    st.date_input(
        "Days", value, max_value=latest, format="DD/MM/YYYY", key="audit days", on_change=_remember_days
    )
    return since, until


def _day(parameter: str) -> date | None:
    try:
        return date.fromisoformat(st.query_params.get(parameter, ""))
    except ValueError:
        return None


def _remember(parameter: str) -> None:
    _put({parameter: st.session_state[f"audit {parameter}"] or None})


def _remember_place() -> None:
    _put({"outside": "yes" if st.session_state["audit place"] == OUTSIDE else None, "person": None})


def _remember_days() -> None:
    days = st.session_state["audit days"]
    if len(days) != 1:
        since, until = days or (None, None)
        _put({"since": since and since.isoformat(), "until": until and until.isoformat()})


def _put(changes: Mapping[str, str | None]) -> None:
    for parameter, value in {**changes, "page": None}.items():
        if value is not None:
            st.query_params[parameter] = value
        else:
            st.query_params.pop(parameter, None)
