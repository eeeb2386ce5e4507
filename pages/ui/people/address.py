"""Where a person is shown."""

from __future__ import annotations

from pages.ui.layout import links


def address(connection_id: int, source_id: str) -> str:
    """Return the address of a person's page."""
    return links.address("/People", connection=connection_id, person=source_id)
