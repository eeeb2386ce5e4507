"""The scheduler process: start the runs that are due, repair Redis from the store. Several may run; one leads."""

from __future__ import annotations

import os
import sys
import time

from core import logs
from core.errors import StartError
from core.jobs.scheduler import HubScheduler
from core.queue import redis_client


def main() -> int:
    """Run until SIGTERM or Ctrl-C; a wrong setup is one sentence and exit code 2."""
    os.environ["TZ"] = "UTC"  # rq-scheduler uses local time in places
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
