"""API tokens: by one, a spreadsheet, a dashboard or a script reads what Reports shows."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.api_tokens import token_form, token_list
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_REPORTS)

st.title("API tokens", anchor=False)
st.markdown(
    "By a token, Excel, Power BI, a notebook or a script reads the runs, the employees in them and the people of this "
    "account, with the rights that you have at that moment. It can change nothing."
)
token_form.render(user)
token_list.render(user)
