"""The page size of every list."""

from __future__ import annotations

PAGE_SIZE = 50


def page_count(total: int) -> int:
    """Return the number of pages that ``total`` rows fill, at least one."""
    return max(1, -(-total // PAGE_SIZE))


def page_within(page: int, total: int) -> int:
    """Return a page that exists: beyond the last it is the last one, before the first the first."""
    return min(max(page, 1), page_count(total))


def first_row(page: int, total: int) -> int:
    """Return how many rows come before a page of ``total`` rows; a page beyond the last is the last one."""
    return (page_within(page, total) - 1) * PAGE_SIZE
