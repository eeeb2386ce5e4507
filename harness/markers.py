"""Mark each test with what it needs, by its folder and its fixtures, and put the tests in the order to run them."""

from __future__ import annotations

from itertools import groupby

import pytest

# Pages, routes and commands are tried through all layers below them, so those tests take the longest of all.
FOLDERS = {
    **{"browser": "browser", "processes": "processes"},
    **dict.fromkeys(("pages", "web", "cli", "proofs", "sandbox"), "slow"),
}
WAITING = ("browser", "processes")
FIXTURES = {"chromium": "browser", "postgres_server": "postgresql"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the collected tests, and spread those that mostly wait among those that compute.

    Several processes take the files in this order: were the waiting ones together, nothing would be computed meanwhile.
    """
    for item in items:
        for marker in sorted(_needs(item)):
            item.add_marker(marker)
    items[:] = _spread(items)


def _spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Files stay together. Waiting ones start within the first 70 % of the others, so that none is left to the end."""
    files = [list(file) for _, file in groupby(items, key=lambda item: item.path)]
    waiting = [file for file in files if any(file[0].get_closest_marker(name) for name in WAITING)]
    others = [file for file in files if not any(file[0].get_closest_marker(name) for name in WAITING)]
    every = max(1, int(len(others) * 0.7 / max(1, len(waiting))))
    ordered: list[list[pytest.Item]] = []
    for place, file in enumerate(others):
        if place % every == 0 and waiting:
            ordered.append(waiting.pop(0))
        ordered.append(file)
    return [item for file in (*ordered, *waiting) for item in file]


def _needs(item: pytest.Item) -> set[str]:
    fixtures = getattr(item, "fixturenames", ())
    needs = {FIXTURES[name] for name in fixtures if name in FIXTURES}
    needs |= {FOLDERS[name] for name in item.path.relative_to(item.config.rootpath).parts if name in FOLDERS}
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "postgresql" in map(str, callspec.params.values()):
        needs.add("postgresql")
    return needs
