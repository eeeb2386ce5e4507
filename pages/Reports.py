"""Reports: the runs of an integration; ``?run=…`` shows one run in detail, ``?readiness=…`` its employees."""

import streamlit as st

from core.reports import run_list
from core.security.actor import Permission
from pages.ui.layout import links
from pages.ui.layout.current_user import require_user
from pages.ui.readiness import report_view
from pages.ui.reports import run_details, run_filters, run_table

user = require_user(Permission.SEE_REPORTS)

if "run" in st.query_params:
    run_details.render(user, st.query_params["run"])
    st.stop()

if "readiness" in st.query_params:
    report_view.render(user, st.query_params["readiness"])
    st.stop()

st.title("Reports")
integrations = run_list.integrations(user.actor)
if not integrations:
    st.info("There are no reports yet. They appear here once a connection has been set up and has run.")
    st.stop()

run_filter = run_filters.choose(user, integrations)
links.render_link("Readiness of its employees", links.address("/Reports", readiness=run_filter.connection_id))
run_table.render(user, run_filter)
