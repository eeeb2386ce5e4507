"""Read an answer of requests within a time for all of it: its own time-out counts only the silence between two bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from connectors.contract.errors import TemporaryError

# With a last silence of ten seconds still less than a claim to refresh lasts (core.sides.token_refresh).
TOTAL_SECONDS = 19.0
MOST_BYTES = 100_000


def within_time(name: str) -> Callable[..., requests.Response]:
    """Return a hook that reads what a system answers from now on. It raises TemporaryError when that takes too long."""
    until = time.monotonic() + TOTAL_SECONDS

    def read(answer: requests.Response, **_: Any) -> requests.Response:
        body = bytearray()
        for piece in answer.iter_content(1):  # more at once would be waited for until all of it is there
            body += piece
            if len(body) > MOST_BYTES or time.monotonic() > until:
                answer.close()
                raise TemporaryError(f"{name} took too long to answer the sign-in. Try again later.")
        answer._content = bytes(body)  # where requests keeps what it has read
        return answer

    return read
