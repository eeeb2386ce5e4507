"""Jobs: run an integration now, or on a schedule."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.jobs import job_list, limits_dialog, one_person, schedule_dialog, schedule_menu
from pages.ui.layout import dialogs, flash_messages
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_JOBS)

st.title("Jobs", anchor=False)
flash_messages.render()
dialogs.open_wanted(
    schedule=schedule_dialog.ask_schedule,
    change_schedule=schedule_dialog.ask_change,
    pause_schedule=schedule_menu.ask_pause,
    cancel_schedule=schedule_menu.ask_cancel,
    one_person=one_person.ask_person,
    limits=limits_dialog.ask_limits,
)
job_list.render(user)
