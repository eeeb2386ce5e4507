"""Jobs: run an integration now, or on a schedule."""

import streamlit as st

from core.jobs import views
from core.models import ConnectionStatus
from core.security.actor import Permission
from pages.ui.jobs import job_card
from pages.ui.layout import alerts
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_JOBS)

st.title("Jobs")
alerts.render(user)
found = [job for job in views.list_jobs(user.actor) if job.status is not ConnectionStatus.DRAFT]
if not found:
    st.info(
        "No connection is Active yet. Connect both sides of a connection on the Connections page; its job appears here."
    )
    st.stop()

job_card.render_result(user)
for job in found:
    job_card.render(user, job)
