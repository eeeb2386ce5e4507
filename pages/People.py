"""People: find an employee by name, number or id; ``?connection=…&person=…`` shows one and what happened to them."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.layout import flash_messages
from pages.ui.layout.current_user import require_user
from pages.ui.people import people_search, person_page

user = require_user(Permission.SEE_REPORTS)

if "person" in st.query_params:
    person_page.render(user, st.query_params.get("connection", ""), st.query_params["person"])
    st.stop()

flash_messages.render()
people_search.render(user)
