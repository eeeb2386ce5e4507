"""The form of a pay calendar: how often people are paid, the cut-off, and what that means, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import streamlit as st

from core.errors import HubError
from core.jobs.calendar import final_sweeps
from core.pay_days import calendar_text, public_holidays, stored
from core.pay_days.calendar import (
    ASK_DATE,
    DAYS_A_MONTH,
    RULES,
    Frequency,
    HolidayRule,
    PayCalendar,
    in_words,
)
from core.pay_days.stored import StoredCalendar
from pages.ui.layout import errors, flash_messages, tables, times, unsaved
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column
from pages.ui.layout.unsaved import Entries

OFTEN = {
    Frequency.WEEKLY: "Every week",
    Frequency.FORTNIGHTLY: "Every two weeks",
    Frequency.FOUR_WEEKLY: "Every four weeks",
    Frequency.TWICE_A_MONTH: "Twice a month",
    Frequency.MONTHLY: "Every month",
    Frequency.DATES: "On dates that I paste",
}
PASTED = "One on each line, such as 2026-12-03 or 3/12/2026."
SWEEP = "The last run before the cut-off, besides the schedule. It is earlier where a system is closed then."
COLUMNS = (
    Column("Paid on"),
    Column("By the calendar", "The date before it is moved off a weekend or a holiday."),
    Column("Cut-off", "The last moment at which payroll takes changes for this pay."),
    Column("Final sweep", SWEEP),
)


def render(user: CurrentUser, current: StoredCalendar) -> None:
    """Show the form, the next pays by what is entered, and the buttons."""
    name = f"pay calendar {current.connection_id}"
    entries = unsaved.entries_of(name, current.version)
    entered: PayCalendar | str
    try:
        entered = calendar = _ask(current, entries.key)
        planned = final_sweeps.preview(user.actor, current.connection_id, calendar)
    except HubError as error:
        st.info(ASK_DATE) if str(error) == ASK_DATE else errors.render(error)
        entered = str(error)
    else:
        st.caption(plain(f"{stored.describe(calendar)}. The next pays:"))
        zone = current.zone
        rows = [
            (
                in_words(pay.paid_on),
                in_words(pay.nominal),
                times.format_time(pay.cut_off, zone),
                times.format_time(at, zone),
            )
            for pay, at in planned
        ]
        tables.render(COLUMNS, rows)
    entries.keep(entered)
    _render_buttons(user, current, entries, entered)


def _render_buttons(
    user: CurrentUser, current: StoredCalendar, entries: Entries, entered: PayCalendar | str
) -> None:
    """Show the buttons; ``entered`` is a calendar, or why it is none."""
    connection_id = current.connection_id
    name = f"pay calendar {connection_id}"
    place = f" {name}"
    buttons = st.container(horizontal=True, vertical_alignment="center")
    changes = isinstance(entered, PayCalendar) and entered != current.calendar
    if buttons.button("Save pay calendar", type="primary", disabled=not changes, key=f"save {name}"):
        with errors.shown():
            _save(user, current, entries, entered)
            unsaved.forget(name)
            flash_messages.keep("Pay calendar saved.", place)
            st.rerun()
    if current.calendar is not None and buttons.button("Remove pay calendar", key=f"remove {name}"):
        with errors.shown():
            stored.remove(user.actor, connection_id, current.version)
            unsaved.forget(name)
            flash_messages.keep("Pay calendar removed. Its versions stay.", place)
            st.rerun()
    with buttons:
        if entries.is_changed and unsaved.render_discard(f"discard {name}"):
            unsaved.forget(name)
            st.rerun()


def _save(user: CurrentUser, current: StoredCalendar, entries: Entries, entered: PayCalendar | str) -> None:
    """Save what is entered, unless somebody else has saved since the form was opened: then once more is meant."""
    opened, entries.basis = entries.basis, current.version
    if isinstance(entered, PayCalendar) and isinstance(opened, int):
        stored.save(user.actor, current.connection_id, entered, opened)


def _ask(current: StoredCalendar, key: str) -> PayCalendar:
    """Ask for a calendar, with the one in force filled in. Raises InvalidError."""
    before = current.calendar or _proposed(current)
    first, second = st.columns(2)
    with first:
        frequency: Frequency = st.selectbox(
            "How often are people paid?", **_choices(OFTEN, before.frequency), key=f"{key} often"
        )
        anchor, days, dates = _ask_dates(frequency, before, key)
        rule = before.holiday_rule
        if frequency is not Frequency.DATES:
            rule = st.selectbox(
                "When that is a weekend or a holiday, people are paid",
                **_choices(RULES, before.holiday_rule),
                key=f"{key} rule",
            )
    with second:
        region, cut_off_days, at, sweep = _ask_cut_off(before, key)
    at_time = calendar_text.parse_time(at)
    return PayCalendar(frequency, anchor, days, dates, rule, region, cut_off_days, at_time, sweep)


def _ask_cut_off(before: PayCalendar, key: str) -> tuple[str, int, str, int]:
    regions = _choices(public_holidays.REGIONS, before.region)
    region = st.selectbox("Holidays of", **regions, key=f"{key} region")
    days = st.number_input(
        "Cut-off: business days before the pay date", 0, 15, before.cut_off_days, step=1, key=f"{key} cut-off"
    )
    usual = f"{before.cut_off_time:%H:%M}"
    at = st.text_input("Time of the cut-off", usual, key=f"{key} time", max_chars=5)
    sweep = st.number_input(
        "Final sweep: minutes before the cut-off",
        0,
        1440,
        before.sweep_minutes,
        step=15,
        help=SWEEP,
        key=f"{key} sweep",
    )
    return str(region), int(days), at, int(sweep)


def _choices(names: Mapping[Any, str], chosen: object) -> dict[str, Any]:
    """Return the choices of a box, their words, and which one is chosen."""
    values = list(names)
    return {"options": values, "index": values.index(chosen), "format_func": names.__getitem__}


def _ask_dates(
    frequency: Frequency, before: PayCalendar, key: str
) -> tuple[date | None, str | None, tuple[date, ...]]:
    """Ask for what the frequency needs: one known pay date, days of the month, or all dates."""
    if frequency is Frequency.DATES:
        pasted = "\n".join(day.isoformat() for day in before.dates)
        text = st.text_area("Pay dates", pasted, placeholder=PASTED, help=PASTED, key=f"{key} dates")
        return None, None, calendar_text.parse_dates(text)
    if frequency in DAYS_A_MONTH:
        usual = before.days if before.frequency is frequency else None
        text = st.text_input(
            "Days of the month",
            usual or ("15, last" if frequency is Frequency.TWICE_A_MONTH else "15"),
            help="A number from 1 to 31, or the word last. A day that a month does not have is its last.",
            key=f"{key} days {frequency}",
        )
        anchor = st.date_input("From", before.anchor, key=f"{key} anchor", format="DD/MM/YYYY")
        return anchor, calendar_text.tidy_days(text), ()
    anchor = st.date_input(
        "One pay date that you know", before.anchor, key=f"{key} anchor", format="DD/MM/YYYY"
    )
    return anchor, None, ()


def _proposed(current: StoredCalendar) -> PayCalendar:
    """Return what a form begins with: nothing that is not known, and three business days for the cut-off."""
    region = public_holidays.REGION_OF_ZONE.get(current.zone.key, "AU-NSW")
    return PayCalendar(
        Frequency.FORTNIGHTLY,
        None,
        holiday_rule=HolidayRule.BEFORE,
        region=region,
        cut_off_time=time(12),
    )
