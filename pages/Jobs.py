"""Jobs: run an integration now, or on a schedule."""

import streamlit as st

from core.jobs import views
from core.models import ConnectionStatus
from core.security.actor import Permission
from pages.ui.jobs import job_row
from pages.ui.layout import alerts
from pages.ui.layout.current_user import require_user

visit = require_user(Permission.SEE_JOBS)

st.title("Jobs")
alerts.draw(visit)
found = [job for job in views.list_jobs(visit.actor) if job.status is not ConnectionStatus.DRAFT]
if not found:
    st.info(
        "No connection is Active yet. Connect both sides of a connection on the Connections page; its job appears here."
    )
    st.stop()

job_row.draw_result(visit)
for job in found:
    job_row.draw(visit, job)
