"""Jobs: run an integration now, or on a schedule."""

import streamlit as st

from core.jobs import views
from core.models import ConnectionStatus
from core.security.actor import Permission
from pages.ui.jobs import job_card, queue_notice
from pages.ui.layout import alerts
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_JOBS)

st.title("Jobs")
alerts.render(user)
jobs = [job for job in views.list_jobs(user.actor) if job.status is not ConnectionStatus.DRAFT]
if not jobs:
    st.info(
        "No connection is Active yet. Connect the source and the destination of a connection on the Connections page; "
        "its job then appears here."
    )
    st.stop()

queue_notice.render()
job_card.render_result(user)
for job in jobs:
    job_card.render(user, job)
