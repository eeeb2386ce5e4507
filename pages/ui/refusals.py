"""Refused use cases become the sentence they carry, at the place of the button."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import HubError


@contextmanager
def shown() -> Iterator[None]:
    """Show the sentence of a refusal instead of failing."""
    try:
        yield
    except HubError as error:
        st.error(str(error))
