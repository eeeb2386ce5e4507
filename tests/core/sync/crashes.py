"""A process that dies at a chosen step: nothing it had not yet stored survives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.runs import lease
from core.sync.plan import guards
from core.sync.store import journal
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import no_fault

STORE_STEPS = ("begin", "add", "withdraw", "open_writing", "take", "unsend", "save")


class KilledError(BaseException):
    """The process is gone; no code of iHUB may catch this."""


class Crash:
    """Counts every step of the engine, of the source and of the target, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.reached = at, 0

    @property
    def happened(self) -> bool:
        return self.reached >= self.at

    def step(self, *_: object) -> None:
        self.reached += 1
        if self.happened:
            raise KilledError

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def dying(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = work(*args, **kwargs)
            self.step()
            return result

        return dying


def run_into(hub: Hub, crash: Crash, run_id: int) -> bool:
    """Run until the crash; say whether it happened."""
    hub.source.steps.fault = hub.target.steps.fault = crash.step
    with pytest.MonkeyPatch.context() as patch:
        for name in STORE_STEPS:
            patch.setattr(journal, name, crash.around(getattr(journal, name)))
        patch.setattr(guards, "check", crash.around(guards.check))
        patch.setattr(lease, "finish", crash.around(lease.finish))
        try:
            hub.execute(run_id)
        except KilledError:
            return True
        finally:
            hub.source.steps.fault = hub.target.steps.fault = no_fault
    return False
