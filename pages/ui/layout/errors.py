"""Errors on a page, shown as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
import structlog

from core import store_errors
from core.errors import HubError
from pages.ui.layout.plain_text import plain

log = structlog.get_logger()


def show(error: Exception) -> bool:
    """Show the message of a HubError, or what failed at the store; log any other error and show it without details."""
    if isinstance(error, HubError):
        render(error)
    elif sentence := store_errors.explain(error):
        log.error("page.store_failed", error=type(error).__name__)
        st.error(plain(sentence))
    else:
        log.error("page.failed", error=type(error).__name__)
        st.error(
            "Something went wrong in iHUB. Reload the page. If it happens again, contact enableHR Support."
        )
    return True


def render(error: Exception) -> None:
    """Show what an error says; it may repeat what another system or a person wrote."""
    st.error(plain(error))


@contextmanager
def shown() -> Iterator[None]:
    """Show the message of a HubError raised inside instead of failing."""
    try:
        yield
    except HubError as error:
        render(error)
