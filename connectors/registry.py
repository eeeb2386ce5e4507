"""The connectors there are: every folder beside this file that holds a CONNECTOR."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module

import connectors as home
from connectors.connector import Connector
from connectors.errors import ConfigError


@cache
def _found() -> dict[str, Connector]:
    folders = sorted(entry.name for entry in pkgutil.iter_modules(home.__path__) if entry.ispkg)
    modules = (import_module(f"{home.__name__}.{folder}") for folder in folders)
    return {module.CONNECTOR.kind: module.CONNECTOR for module in modules}


def connectors() -> Sequence[Connector]:
    """Return all connectors in the order of their names."""
    return sorted(_found().values(), key=lambda one: one.name.casefold())


def connector(kind: str) -> Connector:
    """Return the connector of a kind. Raises ConfigError when there is none."""
    found = _found().get(kind)
    if found is None:
        raise ConfigError(f"There is no connector {kind!r}. There are: {', '.join(sorted(_found()))}.")
    return found
