"""One version of a mapping in a line: its author, time and note."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.mapping.stored import Version
from pages.ui.layout import times


def describe(version: Version, zone: ZoneInfo) -> str:
    """Return who saved a version, when in the account's time, and the note."""
    if version.created_at is None:
        return "the connector file as it is"
    author, saved = version.author or "the command line", times.format_time(version.created_at, zone)
    return ", ".join([f"by {author}", saved, *([version.note] if version.note else ())])
