"""Links that open in the same tab; Streamlit's own open a new one."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from core.settings import settings
from pages.ui.layout import shown_account
from pages.ui.layout.tables import Html


def address(path: str, **query: object) -> str:
    """Return a path with its query, leaving out values that are None or empty."""
    filled = {name: value for name, value in query.items() if value not in (None, "")}
    return path + (f"?{urlencode(filled)}" if filled else "")


def current_address() -> str:
    """Return the path and query of the current page."""
    path = "/" + (st.context.url or "").split("://")[-1].partition("/")[2].partition("?")[0]
    base = settings().base_path
    path = path.removeprefix(base) if path.startswith(f"{base}/") else path
    return address(path, **st.query_params.to_dict())


def is_other_name() -> bool:
    """Say whether the browser has opened iHUB by another name than IHUB_URL's."""
    scheme, _, rest = (st.context.url or "").partition("://")
    return bool(rest) and f"{scheme}://{rest.partition('/')[0]}" != settings().origin


def anchor(label: str, href: str, *, css_class: str = "", aria_label: str = "") -> str:
    """Return the HTML of a link; the label is text.

    ``aria_label`` is for a label that stands on a page more than once, and begins with the label.
    """
    look = f' class="{escape(css_class)}"' if css_class else ""
    name = f' aria-label="{escape(aria_label)}"' if aria_label else ""
    return f'<a href="{escape(_below_base(href))}" target="_self"{look}{name}>{escape(label)}</a>'


def outside_anchor(label: str, href: str, *, aria_label: str) -> str:
    """Return the HTML of a link to another system, which opens in another tab; the label is text."""
    name = f'aria-label="{escape(aria_label)}"'
    return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer" {name}>{escape(label)} ↗</a>'


def render_link(label: str, href: str, *, align_right: bool = False, aria_label: str = "") -> None:
    """Show a link."""
    st.html(Html(anchor(label, href, css_class="hub-end" if align_right else "", aria_label=aria_label)))


def render_button(label: str, href: str, *, primary: bool = False, aria_label: str = "") -> None:
    """Show a link that looks like a button."""
    css_class = "hub-button hub-primary" if primary else "hub-button"
    st.html(Html(anchor(label, href, css_class=css_class, aria_label=aria_label)))


def redirect(href: str) -> None:
    """Send the browser to an address of iHUB."""
    script, to = escape(_below_base("/auth/go.js")), escape(_below_base(href))
    st.html(f'<script src="{script}" data-to="{to}"></script>', unsafe_allow_javascript=True)


def _below_base(href: str) -> str:
    """Return an address of iHUB below the path of IHUB_URL, in the account of the page; others as they are."""
    return settings().base_path + shown_account.with_account(href) if href.startswith("/") else href
