"""The worker process: takes tasks from the queues, one at a time, each in a child process of its own.

    python worker.py [QUEUE ...]      without names: all queues, people's own requests first

The child is forked from a parent that has everything imported; it dies with its parent. SIGTERM or Ctrl-C asks the run
that is going on to stop at a safe point; another worker then resumes it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker, worker_registration
from rq.callbacks import execute_failure_callback
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from core import db, logs
from core.child_process import die_with_parent
from core.errors import StartError
from core.jobs import tasks
from core.queue import redis_client, task_queue
from core.queue.redis_client import PATIENCE
from core.queue.routing import QUEUES
from core.queue.task_queue import SafeJob
from core.sync import warm_up

log = structlog.get_logger()

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
LONGEST_WAIT = 15.0


class ChildKilledError(Exception):
    """The process that did a run was killed."""


class HubWorker(Worker):
    """A forking worker that survives outages and leaves no child behind."""

    log_result_lifespan = False
    max_connection_wait_time = 5.0

    def __init__(self, names: list[str], connection: Redis) -> None:
        """Take the queues in the order of their importance."""
        super().__init__(
            [task_queue.queue(name, connection) for name in names],
            connection=connection,
            job_class=SafeJob,
            serializer=JSONSerializer,
            worker_ttl=20,
            job_monitoring_interval=5,
            maintenance_interval=30,
            log_job_description=False,
        )
        self.stop_asked = False
        self._failed_with: str | None = None

    # stopping

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Sign on with signals held back: one that came before the loop would leave us signed on for ever."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().bootstrap(*args, **kwargs)

    def check_for_suspension(self, burst: bool) -> None:
        """Take signals from here on: the loop has begun and signs off at its end."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        super().check_for_suspension(burst)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Stop after the task at hand, which is asked to stop at its next safe point."""
        self.stop_asked = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        """Pass the wish on to the child."""
        if self.horse_pid:
            _signal(self.horse_pid)

    def set_shutdown_requested_date(self) -> None:
        """Leave Redis out of it: it may be what is down."""

    def teardown(self) -> None:
        """Sign off, but do not wait for a Redis that is gone."""
        try:
            super().teardown()  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            log.warning("worker.left_silently", error=type(error).__name__)

    # the child

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork with signals held back, so that none is lost before the child can take it."""
        self._parent_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().fork_work_horse(job, queue)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        if self.stop_asked:
            _signal(self.horse_pid)

    def setup_work_horse_signals(self) -> None:
        """Die with the parent, and take SIGTERM as the wish to stop at the next safe point."""
        die_with_parent(signal.SIGKILL, self._parent_pid)
        db.drop_inherited_connections()
        self.connection.set_retry(PATIENCE)  # to record the result; the parent's own loop rides outages out
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop_child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _stop_child(self, *_: Any) -> None:
        tasks.stop()
        self.connection.set_retry(Retry(NoBackoff(), 0))

    def handle_work_horse_killed(self, job: Job, retpid: Any, ret_val: Any, rusage: Any) -> None:
        """Run the failure callback for a child that could not do so itself."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        execute_failure_callback(job, self.death_penalty_class, ChildKilledError, ChildKilledError(), None)

    # what is told of failures

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Say nothing here: the failure callback has written it down, without the values an error may quote."""
        self._failed_with = exc_info[0].__name__

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Keep the kind of the error in Redis, never its text; of a killed child RQ's own words say enough."""
        super().handle_job_failure(
            job, queue, started_job_registry, self._failed_with or exc_string, execution
        )

    # outages

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Say that we live, and put ourselves back on the list if Redis has lost it."""
        if pipeline is None and not self.connection.sismember(self.redis_workers_keys, self.key):
            self.connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self)
        super().heartbeat(timeout, pipeline)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Skip a heartbeat that Redis does not take: the lease in the store is what counts."""
        try:
            self.heartbeat()
            super().maintain_heartbeats(job, execution)
        except (RedisError, OSError) as error:
            log.warning("worker.heartbeat_skipped", error=type(error).__name__)


def _signal(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _leave(*_: Any) -> None:
    raise SystemExit(0)


def serve(names: list[str]) -> None:
    """Work until asked to stop; begin again after whatever RQ itself gives up on."""
    wait = 1.0
    while True:
        for number in STOP_SIGNALS:
            signal.signal(number, _leave)  # until the worker takes them over, and again once it has given up
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        try:
            worker = HubWorker(names, redis_client.connect())
            log.info("worker.started", worker=worker.name, queues=",".join(names))
            worker.work(logging_level="WARNING")
            if worker.stop_asked:
                log.info("worker.stopped", worker=worker.name)
                return
            wait = 1.0
        except (RedisError, OSError) as error:
            log.warning("worker.outage", error=type(error).__name__, retry_in=wait)
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def main(arguments: list[str]) -> int:
    """Run one worker; a wrong set-up is a sentence and exit code 2."""
    unknown = [name for name in arguments if name not in QUEUES]
    try:
        if unknown:
            raise StartError(f"There is no queue {unknown[0]}. The queues are {', '.join(QUEUES)}.")
        logs.configure()
        warm_up.rehearse()
        gc.collect()
        gc.freeze()  # what is imported stays shared with the children
        serve(arguments or list(QUEUES))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
