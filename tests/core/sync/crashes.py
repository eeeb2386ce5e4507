"""A process that dies at a chosen step: nothing it had not yet stored survives."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import core.problems
import core.sync
from core.runs import lease
from core.sync.plan import guards
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import no_fault

# The packages whose functions store something for a run.
PACKAGES = (core.sync, core.problems)


class KilledError(BaseException):
    """The process is gone; no code of iHUB may catch this."""


class Crash:
    """Counts every step of the engine, of the source and of the target, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.reached = at, 0
        # The store steps that were completed, as module and function.
        self.completed: set[str] = set()

    @property
    def happened(self) -> bool:
        return self.reached >= self.at

    def step(self, *_: object) -> None:
        self.reached += 1
        if self.happened:
            raise KilledError

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = work(*args, **kwargs)
            self.completed.add(name)
            self.step()
            return result

        return dying


@cache
def store_steps() -> tuple[tuple[ModuleType, str], ...]:
    """Return every public function of the engine that takes the run's lease first: each is one transaction."""
    return tuple(_find_store_steps())


def _find_store_steps() -> Iterator[tuple[ModuleType, str]]:
    packages = [pkgutil.walk_packages(each.__path__, f"{each.__name__}.") for each in PACKAGES]
    for found in chain.from_iterable(packages):
        module = import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            takes_lease = first is not None and first.annotation == "Lease"
            if takes_lease and not name.startswith("_") and function.__module__ == module.__name__:
                yield module, name


def named(module: ModuleType, function: str) -> str:
    """Return a step as module and function: ``journal.save``."""
    return f"{module.__name__.rpartition('.')[2]}.{function}"


def lease_users(folder: Path) -> Iterator[str]:
    """Yield every function in a folder that checks the lease, private ones by the functions that call them."""
    for path in sorted(folder.rglob("*.py")):
        functions = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for function in functions:
            if "assert_lease" in _called(function):
                callers = [each.name for each in functions if function.name in _called(each)]
                private = function.name.startswith("_") and callers
                yield from (f"{path.stem}.{name}" for name in (callers if private else [function.name]))


def _called(function: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


def run_into(hub: Hub, crash: Crash, run_id: int) -> bool:
    """Run until the crash; say whether it happened."""
    hub.source.steps.fault = hub.target.steps.fault = crash.step
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (*store_steps(), (guards, "check"), (lease, "finish")):
            patch.setattr(module, name, crash.around(named(module, name), getattr(module, name)))
        try:
            hub.execute(run_id)
        except KilledError:
            return True
        finally:
            hub.source.steps.fault = hub.target.steps.fault = no_fault
    return False
