"""The choice of a time zone, and the dialog that changes the one of the account."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from core import time_zones as zones
from core.accounts import accounts
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

NEARBY = ("Australia/", "Pacific/Auckland")


def options(first: str) -> list[str]:
    """Return all time zones: the one given first, then those nearby."""
    others = sorted(
        available_timezones() - {first, "localtime", "Factory"},
        key=lambda zone: (not zone.startswith(NEARBY), zone),
    )
    return [first, *others]


def render_button(user: CurrentUser) -> None:
    """Show the time zone of the account; who may change it opens the dialog with it."""
    label = f"Times in {user.zone.key}"
    if not zones.is_known(user.account.time_zone):
        st.warning(plain(zones.no_longer_exists(user.account.time_zone)))
    if not user.actor.may(Permission.CHANGE_ACCOUNT):
        st.caption(label)
    elif st.button(label, type="tertiary", key="time zone", help="Change the time zone of the account."):
        dialogs.ask("time_zone")


@st.dialog("Time zone of the account", on_dismiss="rerun")
def ask_time_zone() -> None:
    """Ask for the time zone, and store it."""
    user = require_user(Permission.CHANGE_ACCOUNT)
    zone = st.selectbox("Time zone", options(user.account.time_zone), key="account time zone")
    st.write(
        "All times on pages and in exports are shown in it, for everybody in this account. Dates of employees are "
        "read in it too, so the next run looks at all of them again."
    )
    st.write("Schedules keep the time zone they were created with.")
    if st.button("Save", type="primary", key="save time zone", disabled=zone == user.account.time_zone):
        with errors.shown():
            accounts.change_time_zone(user.actor, zone)
            st.rerun()
