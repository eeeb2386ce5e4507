"""Support: how iHUB is registered at the systems people sign in to."""

import streamlit as st

from pages.ui import registrations
from pages.ui.guard import require_support

actor = require_support()

st.title("Support")
registrations.draw(actor)
