"""The page size of every list."""

from __future__ import annotations

PAGE_SIZE = 50


def page_count(total: int) -> int:
    """Return the number of pages that ``total`` rows fill, at least one."""
    return max(1, -(-total // PAGE_SIZE))
