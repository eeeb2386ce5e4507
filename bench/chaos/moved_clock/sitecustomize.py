"""Let `time.sleep` work under libfaketime: Python imports this at the start of a process whose clock can be moved.

libfaketime 0.9.10 adds the time of day to a monotonic deadline, so the kernel refuses every `time.sleep`.
"""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: "float | SupportsIndex") -> None:
    if (wait := float(seconds)) < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], wait)


time.sleep = _sleep
