"""Audit: what people did in the account, when, from where and with which result."""

import streamlit as st

from core.reports import audit_log
from core.security.actor import Permission
from pages.ui.audit import audit_filters, audit_table
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_AUDIT)

st.title("Audit", anchor=False)
outside = audit_filters.is_outside(user)
scope = "Actions that belong to no single account." if outside else "All actions of people in this account."
st.caption(
    f"{scope} Entries are only ever added: nobody, not even enableHR Support, can change or remove one."
)
audit_filter = audit_filters.choose(user, audit_log.people_in_audit(user.actor, outside=outside))
audit_table.render(user, audit_filter)
