"""The Pay days tab of a connection: its pay calendar, the forecast of the next pay, and the other payrolls' pays."""

from __future__ import annotations

import streamlit as st

from core.jobs.calendar import final_sweeps
from core.pay_days import stored
from core.pay_days.calendar import RULES, Frequency, in_words
from core.pay_days.public_holidays import REGIONS
from core.pay_days.stored import StoredCalendar
from core.pay_days.who_misses import coming, forecast
from core.people import readiness
from pages.ui.layout import errors, flash_messages, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.pay_days import calendar_form, forecast_view

VERSIONS = (Column("Version", number=True), Column("When"), Column("Who"), Column("Pay calendar", wide=True))
# The first ones by date.
MOST_COMING = 50
COMING = (
    Column("Paid on"),
    Column("Connection"),
    Column("Cut-off"),
    Column("Would miss it or be paid wrong", number=True),
)


def render(user: CurrentUser, connection_id: int, may_change: bool) -> None:
    """Show the pay days of a connection; only an Account Admin can change its calendar."""
    with errors.shown(), readiness.judged_once():
        current = stored.get(user.actor, connection_id)
        with st.container():
            flash_messages.render_at(f" pay calendar {connection_id}")
        if current.calendar is not None:
            forecast_view.render(user, connection_id, forecast.forecast(user.actor, connection_id))
        _render_calendar(user, current, may_change)
        _render_coming(user, connection_id)
        _render_history(user, current)


def _render_calendar(user: CurrentUser, current: StoredCalendar, may_change: bool) -> None:
    st.header("Pay calendar", anchor=False)
    if current.calendar is None:
        st.caption(forecast.NO_CALENDAR)
    else:
        _render_facts(user, current)
    if not may_change:
        st.caption("Only an Account Admin can change the pay calendar.")
        return
    with st.expander(
        "Change the pay calendar" if current.calendar else "Set up the pay calendar",
        expanded=not current.calendar,
    ):
        calendar_form.render(user, current)


def _render_facts(user: CurrentUser, current: StoredCalendar) -> None:
    calendar = current.calendar
    if calendar is None:
        return
    st.markdown(plain(f"{stored.describe(calendar)}."))
    if calendar.frequency is not Frequency.DATES:
        when = f"on a weekend or a holiday of {REGIONS[calendar.region]}"
        st.markdown(plain(f"A pay date {when} is paid {RULES[calendar.holiday_rule]}."))
    sweep = final_sweeps.next_sweep(user.actor, current.connection_id)
    if sweep is not None:
        st.markdown(f"Next final sweep: {times.format_time(sweep, current.zone)}.")


def _render_coming(user: CurrentUser, connection_id: int) -> None:
    """Show the coming pays of all payrolls side by side, where there are several."""
    pays = coming.coming_pays(user.actor, MOST_COMING)
    if {each.connection_id for each in pays} <= {connection_id}:
        return
    st.header("Coming pays of all payrolls", anchor=False)
    rows = []
    for each in pays:
        address = links.address("/Connections", connection=each.connection_id, tab="pay days")
        name = (
            plain(each.connection)
            if each.connection_id == connection_id
            else Html(links.anchor(each.connection, address))
        )
        total = "" if each.numbers is None else each.numbers.total
        rows.append((in_words(each.pay.paid_on), name, times.format_time(each.pay.cut_off, each.zone), total))
    tables.render(COMING, rows)


def _render_history(user: CurrentUser, current: StoredCalendar) -> None:
    if not current.version:
        return
    with st.expander(f"Versions ({current.version:,})"):
        tables.render(
            VERSIONS,
            [
                (
                    each.number,
                    times.format_time(each.saved_at, user.zone),
                    each.author or "command line",
                    each.sentence,
                )
                for each in stored.history(user.actor, current.connection_id)
            ],
        )
