"""Reports: the runs of an integration; ``?run=…`` shows one run in detail."""

import streamlit as st

from core.reports import run_list
from core.security.actor import Permission
from pages.ui.layout.current_user import require_user
from pages.ui.reports import report_filters, run_details, run_table

visit = require_user(Permission.SEE_REPORTS)

if "run" in st.query_params:
    run_details.draw(visit, st.query_params["run"])
    st.stop()

st.title("Reports")
integrations = run_list.integrations(visit.actor)
if not integrations:
    st.info(
        "There are no reports yet. They appear here as soon as an integration has been set up and has run."
    )
    st.stop()

only = report_filters.choose(visit, integrations)
run_table.draw(visit, only)
