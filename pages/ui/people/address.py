"""Where a person is shown, and links to there."""

from __future__ import annotations

from pages.ui.layout import links


def address(connection_id: int, source_id: str) -> str:
    """Return the address of a person's page."""
    return links.address("/People", connection=connection_id, person=source_id)


def story_link(connection_id: int, source_id: str, name: str) -> str:
    """Return the HTML of a person's name as the link to what happened to them."""
    label = f"{name or source_id}, source ID {source_id}, what happened"
    return links.anchor(name or source_id, address(connection_id, source_id), aria_label=label)
