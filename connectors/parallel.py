"""Do several things side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


async def together(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what each gives, in their order; the first failure stops the rest and is raised as it is."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def completed(
    items: Sequence[Item], known: Callable[[Item], T | None], job: Callable[[Item], Coroutine[Any, Any, T]]
) -> list[T]:
    """Return for each item what is known of it, or else what its job gives: most need no task of their own."""
    found = [known(item) for item in items]
    made = iter(await together(job(item) for item, one in zip(items, found, strict=True) if one is None))
    return [next(made) if one is None else one for one in found]
