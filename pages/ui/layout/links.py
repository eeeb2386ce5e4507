"""Links that stay in the same tab; Streamlit's own open a new one."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st


def address(path: str, **query: object) -> str:
    """Return a path with its query, leaving out what is None or empty."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return path + (f"?{urlencode(given)}" if given else "")


def current_address() -> str:
    """Return the address of the page being looked at."""
    path = "/" + (st.context.url or "").split("://")[-1].partition("/")[2].partition("?")[0]
    return address(path, **st.query_params.to_dict())


def anchor(label: str, href: str, *, style: str = "", spoken: str = "") -> str:
    """Return the HTML of a link; the label is text.

    ``spoken`` is what a screen reader says instead, for a label that stands on a page more than once; it begins with the label.
    """
    look = f' class="{escape(style)}"' if style else ""
    name = f' aria-label="{escape(spoken)}"' if spoken else ""
    return f'<a href="{escape(href)}" target="_self"{look}{name}>{escape(label)}</a>'


def render_link(label: str, href: str, *, at_end: bool = False, spoken: str = "") -> None:
    """Draw a link, at the end of its line where that is wanted."""
    st.html(anchor(label, href, style="hub-end" if at_end else "", spoken=spoken))


def render_button(label: str, href: str, *, primary: bool = False, spoken: str = "") -> None:
    """Draw a link that looks like a button."""
    st.html(anchor(label, href, style="hub-button hub-primary" if primary else "hub-button", spoken=spoken))


def redirect(href: str) -> None:
    """Send the browser to an address of iHUB."""
    st.html(f'<script src="/auth/go.js" data-to="{escape(href)}"></script>', unsafe_allow_javascript=True)
