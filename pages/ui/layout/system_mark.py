"""Stand-ins for logos of systems: two letters on a colour."""

from __future__ import annotations

import zlib
from html import escape

COLOURS = ("#0f6e84", "#7a4b9c", "#9c4a22", "#17633a", "#8a2c5e", "#124f87", "#5b5a1e", "#4d5f6c")


def mark_html(kind: str, name: str) -> str:
    """Return the HTML of a system's mark; a kind always has the same colour."""
    colour = COLOURS[zlib.crc32(kind.encode()) % len(COLOURS)]
    return f'<span class="hub-mark" style="background: {colour}" aria-hidden="true">{escape(name[:2])}</span>'
