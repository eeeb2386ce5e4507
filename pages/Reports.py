"""Reports: the runs of an integration; ``?run=…`` shows one run in detail, ``?readiness=…`` its employees."""

import streamlit as st

from core.reports import run_list
from core.security.actor import Permission
from pages.ui.layout import links
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain
from pages.ui.readiness import report_view
from pages.ui.reports import connection_trend, run_details, run_filters, run_table

user = require_user(Permission.SEE_REPORTS)

if "run" in st.query_params:
    run_details.render(user, st.query_params["run"])
    st.stop()

if "readiness" in st.query_params:
    report_view.render(user, st.query_params["readiness"])
    st.stop()

integrations = run_list.integrations(user.actor)
names = run_filters.integration_names(integrations)
if not integrations:
    st.title("Reports", anchor=False)
    st.info("There are no reports yet. They appear here once a connection has been set up and has run.")
    st.stop()

connection_id = run_filters.choose_integration(names)
shown_id = connection_id or (integrations[0].id if len(integrations) == 1 else None)
st.title(f"Reports: {plain(names[str(shown_id)] if shown_id else 'all integrations')}", anchor=False)
if len(names) > 1:
    run_filters.render_change(names)
connection_trend.render(user, shown_id, integrations)
run_filter = run_filters.choose(user, connection_id)
if shown_id:
    links.render_link("Readiness of its employees", links.address("/Reports", readiness=shown_id))
run_table.render(user, run_filter, several=shown_id is None)
