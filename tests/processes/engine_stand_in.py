"""A stand-in for the sync engine in worker processes: claims a run, renews its lease, ends it when the test says so.

Files in the folder TEST_FOLDER control it: `go` lets runs end, `raise` makes them fail. It logs each step to the file
`log`, one line each: step, run, attempt, process.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import ModuleType

from core.models import RunStatus
from core.runs import counters
from core.runs import lease as run_lease

stopping = False


def execute(run_id: int, closing: object = None) -> RunStatus | None:
    folder = Path(os.environ["TEST_FOLDER"])
    lease = run_lease.claim(run_id)
    if lease is None:
        return None
    note(folder, "began", lease)
    if (folder / "raise").exists():
        raise ValueError("the tax number is\n123 456 782: not valid")
    while not (folder / "go").exists():
        if stopping:
            run_lease.release(lease)
            note(folder, "stopped", lease)
            return RunStatus.RUNNING
        run_lease.renew_lease(lease)
        time.sleep(0.02)
    run_lease.finish(lease, RunStatus.COMPLETE, "Done.", counters.Counters())
    note(folder, "ended", lease)
    return RunStatus.COMPLETE


def note(folder: Path, what: str, lease: run_lease.Lease) -> None:
    with (folder / "log").open("a") as log:
        log.write(f"{what} {lease.run_id} {lease.attempt} {os.getpid()}\n")


def request_stop() -> None:
    global stopping  # noqa: PLW0603
    stopping = True


def install() -> None:
    """Take the engine's place in this process."""
    engine = ModuleType("core.sync.engine")
    engine.execute, engine.request_stop = execute, request_stop  # type: ignore[attr-defined]
    sys.modules["core.sync.engine"] = engine
    import core.sync
    from core.jobs import tasks

    core.sync.engine = tasks.engine = engine  # type: ignore[attr-defined]


if __name__ == "__main__":
    install()
    from worker import main

    sys.exit(main(sys.argv[1:]))
