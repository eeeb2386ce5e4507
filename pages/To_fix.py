"""To fix: what somebody has to do about an employee, until it is done."""

import streamlit as st

from core.problems import decisions, open_problems
from core.security.actor import Permission
from pages.ui.layout import flash_messages
from pages.ui.layout.current_user import require_user
from pages.ui.to_fix import problem_filters, problem_list

user = require_user(Permission.SEE_REPORTS)

st.title("To fix", anchor=False)
flash_messages.render()
st.caption("Each item stays here until a later run finds that its cause is gone.")
connections = open_problems.connections_with_problems(user.actor)
problem_list.render(problem_filters.choose(connections, decisions.assignable(user.actor)))
