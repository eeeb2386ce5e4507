"""The account that a tab of the browser shows and acts in, whichever account another tab chooses meanwhile.

It stands in the address of the page, so that a reload, a bookmark and a new connection to the server find it again, and
in the state of the tab's session. The links and exports of the page carry it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.connections import owner
from core.security.ownership import LARGEST_ID
from core.settings import settings

PARAMETER = "account"
NO_ROLE = "There is no such account, or you no longer have a role in it. Nothing has changed."
ACTING = ("/export/", "/oauth/")
SHOWN, SEVERAL = "shown account", "several accounts"
# What the links of a page carry, with the script run it is known for: a page has a hundred links.
_carried: ContextVar[tuple[object, int | None, bool] | None] = ContextVar("account in links", default=None)


def shown_id() -> int | None:
    """Return the account of the page; None before the first page of a tab, for the account chosen last."""
    named = _number(PARAMETER)
    if named is not None:
        return named
    shown: int | None = st.session_state.get(SHOWN)
    return shown


def linked_id() -> int | None:
    """Return the account of the connection or the run that the address names, for a link without an account."""
    return owner.account_of(_number("connection"), _number("run"))


def keep(account_id: int | None) -> None:
    """Stay in an account. What the tab has entered and opened in another account is dropped."""
    shown = st.session_state.get(SHOWN)
    if shown is not None and shown != account_id:
        st.session_state.clear()
    st.session_state[SHOWN] = account_id
    _carried.set(None)


def name_in_links(*, several: bool) -> None:
    """Say whether the person can act in several accounts, so that links must name this one."""
    st.session_state[SEVERAL] = several
    _carried.set(None)


def replace_query(query: Mapping[str, str]) -> None:
    """Replace what the address of the page says, apart from its account."""
    account = st.query_params.get(PARAMETER)
    st.query_params.from_dict({**query, **({} if account is None else {PARAMETER: account})})


def render_script(page: str) -> None:
    """Put the account into the address of a page that the menu has led to, where the person can act in several.

    A script does it without another step in the browser's history, which *Back* would stop at.
    """
    account_id = st.session_state.get(SHOWN)
    if account_id is not None and st.session_state.get(SEVERAL):
        script = escape(f"{settings().base_path}/auth/account.js")
        data = f'data-account="{account_id}" data-page="{escape(page)}"'
        st.html(f'<script src="{script}" {data}></script>', unsafe_allow_javascript=True)


def with_account(href: str) -> str:
    """Return an address of iHUB with the account of the page, where the person can act in several.

    What is done at once has it always: a second account may be added while the page is open.
    """
    account_id, several = _account_and_several()
    needed = several or href.startswith(ACTING)
    if account_id is None or not needed or not href.startswith("/"):
        return href
    parts = urlsplit(href)
    query = dict(parse_qsl(parts.query))
    if PARAMETER in query or parts.path.startswith("/auth/"):
        return href
    return f"{parts.path}?{urlencode(query | {PARAMETER: account_id})}"


def _account_and_several() -> tuple[int | None, bool]:
    context = get_script_run_ctx(suppress_warning=True)
    carried = _carried.get()
    if carried is None or carried[0] is not context:
        carried = (context, st.session_state.get(SHOWN), bool(st.session_state.get(SEVERAL)))
        _carried.set(carried)
    return carried[1:]


def _number(parameter: str) -> int | None:
    text = st.query_params.get(parameter, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return number if number is not None and number <= LARGEST_ID else None
