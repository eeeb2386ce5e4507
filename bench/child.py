"""One run of the engine in a process of its own, as in a worker's child; prints one JSON object.

Run as ``python -m bench.child CONNECTION URL OPTIONS`` with the options as JSON.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from typing import Any

import orjson
import structlog

from bench.connector import fake_systems
from core.db import reading
from core.models import Connection, Trigger
from core.runs import request
from core.sync import engine, warm_up
from core.sync.store import tally


def run(connection_id: int, url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Request and execute a run; return what it took and how it ended."""
    with reading() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id
    assert pairing_id is not None
    run_id = request.request(connection_id, Trigger.MANUAL)
    wall, cpu = time.perf_counter(), _cpu()
    status = engine.execute(
        run_id, lambda _connection: fake_systems(url, pairing_id, **options), store_process=True
    )
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    counters = tally.count(run_id)
    peak, store_peak = (
        resource.getrusage(which).ru_maxrss / 1024
        for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": peak,
        "store_peak": store_peak,
        "status": str(status),
        "counters": counters.columns(),
    }


def _cpu() -> float:
    """Return the CPU seconds of this process and of the store processes that have ended."""
    usages = [resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    warm_up.warm_up()  # as a worker does before it forks
    gc.freeze()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(orjson.dumps(run(int(sys.argv[1]), sys.argv[2], orjson.loads(sys.argv[3]))).decode())
