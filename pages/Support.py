"""Support: how iHUB is registered at the systems people sign in to."""

import streamlit as st

from core.actor import Right
from pages.ui import registrations
from pages.ui.guard import require_user

visit = require_user(Right.MANAGE_ACCESS)

st.title("Support")
registrations.draw(visit)
