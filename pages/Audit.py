"""Audit: who did what in the account, on what, from where, when, and how it went."""

import streamlit as st

from core.reports import audit_log
from core.security.actor import Permission
from pages.ui.audit import audit_filters, audit_table
from pages.ui.layout.current_user import require_user

visit = require_user(Permission.SEE_AUDIT)

st.title("Audit")
told = (
    "What concerns no single account."
    if audit_filters.outside(visit)
    else "Everything people did in this account."
)
st.caption(f"{told} Rows are only ever added: nobody can change or remove one, enableHR Support neither.")
only = audit_filters.choose(
    visit, audit_log.people_in_audit(visit.actor, outside=audit_filters.outside(visit))
)
audit_table.draw(visit, only)
