"""How many rows a page of a list has, and how many pages there are."""

from __future__ import annotations

PAGE = 50


def pages(total: int) -> int:
    """Return how many pages so many rows fill, at least one."""
    return max(1, -(-total // PAGE))
