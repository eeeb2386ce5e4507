"""Mark each test with what it needs, by its folder and its fixtures, so that nobody has to remember to."""

from __future__ import annotations

import pytest

# Pages, routes and commands are tried through all layers below them, so those tests take the longest of all.
FOLDERS = {
    **{"browser": "browser", "processes": "processes"},
    **dict.fromkeys(("pages", "web", "cli", "proofs", "sandbox"), "slow"),
}
FIXTURES = {"chromium": "browser", "postgres_server": "postgresql"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the collected tests."""
    for item in items:
        for marker in sorted(_needs(item)):
            item.add_marker(marker)


def _needs(item: pytest.Item) -> set[str]:
    fixtures = getattr(item, "fixturenames", ())
    needs = {FIXTURES[name] for name in fixtures if name in FIXTURES}
    needs |= {FOLDERS[name] for name in item.path.relative_to(item.config.rootpath).parts if name in FOLDERS}
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "postgresql" in map(str, callspec.params.values()):
        needs.add("postgresql")
    return needs
