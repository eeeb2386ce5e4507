"""How long each account keeps what runs leave behind."""

from __future__ import annotations

import streamlit as st

from core.accounts import accounts
from core.retention import periods
from core.retention.periods import Periods
from core.security.actor import Actor
from pages.ui.layout import errors, flash_messages

# Below the form: the top of the page is out of sight there.
PLACE = " retention"


def render(actor: Actor) -> None:
    """Show the periods of an account, and the form that changes them."""
    names = {account.id: account.name for account in accounts.list_all(actor)}
    if not names:
        return
    st.header("How long data is kept")
    st.caption(
        "What is older is removed within hours, a little at a time, and cannot be brought back. The counters of a run "
        "stay as they were when its employees are removed. Links, open problems and the audit are not affected."
    )
    first = list(names).index(actor.account_id) if actor.account_id in names else 0
    account: int = st.selectbox("Account", list(names), first, format_func=lambda each: names[each])
    kept = periods.read_periods(actor, account)
    with st.form(f"retention {account}", border=False):
        counters = st.number_input(
            "Counters of runs, in months",
            0,
            999,
            kept.counter_months,
            help="Then the run is removed as a whole.",
        )
        rows = st.number_input("Employees of runs, in months", 0, 999, kept.row_months)
        requests = st.number_input("Requests of runs, in days", 0, 999, kept.request_days)
        if st.form_submit_button("Save periods"):
            with errors.shown():
                periods.save_periods(actor, account, Periods(int(counters), int(rows), int(requests)))
                flash_messages.keep(f"{names[account]} keeps data for these periods from now on.", PLACE)
                st.rerun()
    flash_messages.render_at(PLACE)
