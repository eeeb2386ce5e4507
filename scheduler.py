"""The scheduler process: starts the runs that are due and repairs Redis from the store. Several may run; one leads."""

from __future__ import annotations

import os
import sys
import time

from core import logs
from core.errors import StartError
from core.jobs.scheduler import HubScheduler
from core.queue import redis_client


def main() -> int:
    """Run until SIGTERM or Ctrl-C; a wrong set-up is a sentence and exit code 2."""
    os.environ["TZ"] = "UTC"  # rq-scheduler reckons in local time here and there
    time.tzset()
    try:
        logs.configure()
        HubScheduler(redis_client.new_client()).run()
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
