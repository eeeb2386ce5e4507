"""The worker process: take tasks from the queues, one at a time, and run each in its own child process.

    python worker.py [QUEUE ...]      without names: all queues, people's own requests first

Children are forked from a parent that has imported everything, and die with their parent. SIGTERM or Ctrl-C asks the
current run to stop at a safe point; another worker then resumes it.

One file, because each method here replaces one of RQ's worker, and is safe only with the others.
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
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from core import db, logs, store_version
from core.child_process import die_with_parent
from core.errors import StartError
from core.jobs import tasks
from core.queue import installation, redis_client, run_order, task_queue
from core.queue.redis_client import PATIENT_RETRY
from core.queue.routing import QUEUES
from core.queue.task_queue import SafeJob
from core.settings import settings
from core.sync import warm_up

log = structlog.get_logger()

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
LONGEST_WAIT = 15.0
# A run holds what it reads and sends for a while, and next to nothing of it is garbage: look through it less often.
GARBAGE_THRESHOLDS = (20_000, 20, 50)


class ChildKilledError(Exception):
    """The child process of a run was killed."""


class HubWorker(Worker):
    """A forking worker that survives outages and leaves no child behind."""

    log_result_lifespan = False
    max_connection_wait_time = 5.0

    def __init__(self, names: list[str], connection: Redis) -> None:
        """``names`` are the queues, the most important one first."""
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
        """Register with signals blocked: one that came before the loop would leave this worker registered forever."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().bootstrap(*args, **kwargs)

    def check_for_suspension(self, burst: bool) -> None:
        """Unblock signals: the loop has started and deregisters this worker at its end."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        super().check_for_suspension(burst)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Stop after the current task, which is asked to stop at its next safe point."""
        self.stop_asked = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        """Pass the request to stop on to the child."""
        if self.horse_pid:
            _terminate(self.horse_pid)

    def set_shutdown_requested_date(self) -> None:
        """Do nothing: RQ would write to Redis, which may be down."""

    def teardown(self) -> None:
        """Deregister, but do not wait for a Redis that is down."""
        try:
            super().teardown()  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            log.warning("worker.deregister_failed", error=type(error).__name__)

    # another version of the store

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Wait for a task; stop waiting once the store, or Redis, is not this worker's any more."""
        while True:
            if _why_waiting(self.connection):
                raise StopRequested
            taken = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time or timeout)
            if taken is not None or timeout is None or max_idle_time is not None:
                return taken

    def _put_back(self, job: Job, queue: Queue) -> None:
        """Put a task back where it was taken from."""
        with self.connection.pipeline() as pipeline:
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            queue.push_job_id(job.id, pipeline=pipeline, at_front=True)
            pipeline.execute()

    # the child

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Note whose turn it was, then execute the task in a child. The store may just have been upgraded."""
        if _why_waiting(self.connection):
            self._put_back(job, queue)
            raise StopRequested
        with suppress(RedisError, OSError):  # the order counts less than the task
            run_order.note_taken(self.connection, queue.name, job.id)
        super().execute_job(job, queue)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork with signals blocked, so that none is lost before the child handles them."""
        self._parent_pid = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().fork_work_horse(job, queue)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        if self.stop_asked:
            _terminate(self.horse_pid)

    def setup_work_horse_signals(self) -> None:
        """Die with the parent, and on SIGTERM stop at the next safe point."""
        die_with_parent(signal.SIGKILL, self._parent_pid)
        db.drop_inherited_connections()
        self.connection.set_retry(
            PATIENT_RETRY
        )  # to record the result; only the parent's loop survives outages
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop_child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _stop_child(self, *_: Any) -> None:
        tasks.request_stop()
        self.connection.set_retry(Retry(NoBackoff(), 0))

    def handle_work_horse_killed(self, job: Job, retpid: Any, ret_val: Any, rusage: Any) -> None:
        """Run the failure callback for a child that was killed and could not."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        execute_failure_callback(job, self.death_penalty_class, ChildKilledError, ChildKilledError(), None)

    # failures

    def handle_exception(self, _job: Job, *exc_info: Any) -> None:
        """Log nothing: the failure callback has logged the error, without the values that its text may quote."""
        self._failed_with = exc_info[0].__name__

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Store the kind of the error in Redis, never its text; for a killed child, RQ's own text."""
        super().handle_job_failure(
            job, queue, started_job_registry, self._failed_with or exc_string, execution
        )

    # outages

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Send a heartbeat, and register again if Redis has lost this worker."""
        if pipeline is None and not self.connection.sismember(self.redis_workers_keys, self.key):
            self.connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self)
        super().heartbeat(timeout, pipeline)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Skip a heartbeat that Redis does not accept: what counts is the lease in the store."""
        try:
            self.heartbeat()
            super().maintain_heartbeats(job, execution)
        except (RedisError, OSError) as error:
            log.warning("worker.heartbeat_skipped", error=type(error).__name__)


def _terminate(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _exit(*_: Any) -> None:
    raise SystemExit(0)


def _why_waiting(connection: Redis) -> str | None:
    return store_version.why_waiting() or installation.other_store(connection)


def _wait_for_store() -> None:
    """Wait while the store belongs to another version of iHUB, or Redis to another store."""
    connection = redis_client.fast_client()
    while reason := _why_waiting(connection):
        pause = settings().reconcile_seconds
        log.warning("worker.waits", reason=reason, retry_in=pause)
        time.sleep(pause)


def _exit_when_asked() -> None:
    """Let signals end this process: before a worker handles them, and again once it has ended."""
    for number in STOP_SIGNALS:
        signal.signal(number, _exit)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def serve(names: list[str]) -> None:
    """Work until asked to stop; start again after an outage that RQ itself does not survive."""
    wait = 1.0
    while True:
        _exit_when_asked()
        _wait_for_store()
        try:
            worker = HubWorker(names, redis_client.new_client())
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
    """Run one worker; a wrong setup is one sentence and exit code 2."""
    unknown = [name for name in arguments if name not in QUEUES]
    try:
        if unknown:
            raise StartError(f"There is no queue {unknown[0]}. The queues are {', '.join(QUEUES)}.")
        logs.configure()
        _exit_when_asked()
        _wait_for_store()
        warm_up.warm_up()
        gc.collect()
        gc.freeze()  # children do not look through what is imported, and share its memory
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        serve(arguments or list(QUEUES))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
