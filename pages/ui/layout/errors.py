"""What a person sees when a page fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
import structlog

from core.errors import HubError

log = structlog.get_logger()


def show(error: Exception) -> bool:
    """Show the sentence of a refusal; anything else is our fault, goes to the log and is told without details."""
    if isinstance(error, HubError):
        st.error(str(error))
    else:
        log.error("page.failed", error=type(error).__name__)
        st.error(
            "Something went wrong in iHUB. Load the page again; if it stays like this, tell enableHR Support."
        )
    return True


@contextmanager
def shown() -> Iterator[None]:
    """Show the sentence of a refusal instead of failing."""
    try:
        yield
    except HubError as error:
        st.error(str(error))
