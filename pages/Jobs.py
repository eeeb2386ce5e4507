"""Jobs: run an integration now, or on a schedule."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.jobs import create_schedule, guard_rails, job_list
from pages.ui.layout import dialogs
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_JOBS)

st.title("Jobs")
dialogs.open_wanted(schedule=create_schedule.ask_schedule, limits=guard_rails.ask_limits)
job_list.render(user)
