"""Find every use case of core that takes an actor, by its signature."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import core

# The table of rights itself, what calls use cases, the migrations, and what use cases and refusals are
# written down with.
NOT_USE_CASES = (
    "core.security.actor",
    "core.cli",
    "core.migrations",
    "core.audit.support_visits",
    "core.audit.refusals",
)


def use_cases() -> dict[str, Callable[..., Any]]:
    """Return the use cases by name, such as ``jobs.run_now``; what works inside another's transaction is none."""
    found: dict[str, Callable[..., Any]] = {}
    for module in _modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if (
                function.__module__ == module.__name__
                and not name.startswith("_")
                and _takes_an_actor(function)
            ):
                found[f"{module.__name__.removeprefix('core.')}.{name}"] = function
    return found


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(core.__path__, "core."):
        if not info.name.startswith(NOT_USE_CASES) and not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _takes_an_actor(function: Callable[..., Any]) -> bool:
    kinds = [str(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]
    return any("Actor" in kind for kind in kinds) and "Session" not in kinds
