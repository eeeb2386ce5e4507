"""Find every use case of core that takes an actor, by its signature."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import core

# The table of permissions itself, what calls use cases, the migrations, and what records use cases and refusals.
NOT_USE_CASES = (
    "core.security.actor",
    "core.cli",
    "core.migrations",
    "core.audit.support_visits",
    "core.audit.refusals",
)


UseCase = Callable[..., Any]


def use_cases() -> set[UseCase]:
    """Return all use cases; a function that works in its caller's transaction is not one."""
    return {
        function
        for module in _modules()
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and _takes_an_actor(function)
    }


def name_of(use_case: UseCase) -> str:
    """Return the name of a use case, such as ``jobs.start.run_now``."""
    return f"{use_case.__module__.removeprefix('core.')}.{use_case.__name__}"


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(core.__path__, "core."):
        if not info.name.startswith(NOT_USE_CASES) and not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _takes_an_actor(function: Callable[..., Any]) -> bool:
    kinds = [str(parameter.annotation) for parameter in inspect.signature(function).parameters.values()]
    return any("Actor" in kind for kind in kinds) and "Session" not in kinds
