"""Support: iHUB's OAuth clients at the systems that people sign in to, and how long data is kept."""

import streamlit as st

from pages.ui.layout.current_user import require_support
from pages.ui.support import oauth_clients, retention

actor = require_support()

st.title("Support", anchor=False)
oauth_clients.render(actor)
retention.render(actor)
