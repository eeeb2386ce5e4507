"""How many requests of one kind a minute are taken from one token or one network, counted in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

MINUTE = 60.0
# Beyond this number, the key that was seen longest ago is forgotten.
MOST_KEYS = 10_000


class RequestRate:
    """Takes a number of requests a minute for each key: all of them at once, or one after another."""

    def __init__(self, number: int) -> None:
        """Take how many a minute are allowed."""
        self.number = number
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Forget who has asked, as at a restart."""
        with self._lock:
            self._left.clear()

    def take(self, key: str) -> float:
        """Count a request; return 0, or in how many seconds the next is taken."""
        moment = time.monotonic()
        with self._lock:
            left, at = self._left.pop(key, (float(self.number), moment))
            left = min(self.number, left + (moment - at) * self.number / MINUTE)
            taken = left >= 1
            self._left[key] = (left - 1 if taken else left, moment)
            if len(self._left) > MOST_KEYS:
                self._left.popitem(last=False)
        return 0.0 if taken else (1 - left) * MINUTE / self.number
