"""Bound the total time in which a response is read: the time-out of requests counts only the silence between bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

from connectors.contract.errors import TemporaryError

# Together with a last silence of ten seconds still less than the lock on a refresh lasts (core.sides.token_refresh).
TOTAL_SECONDS = 19.0
MAX_BYTES = 100_000


def read_deadline_hook(name: str) -> Callable[..., requests.Response]:
    """Return a response hook for requests; it raises TemporaryError when reading takes too long from now on."""
    deadline = time.monotonic() + TOTAL_SECONDS

    def read(response: requests.Response, **_: Any) -> requests.Response:
        body = bytearray()
        for chunk in response.iter_content(1):  # a larger chunk would be waited for until it is complete
            body += chunk
            if len(body) > MAX_BYTES or time.monotonic() > deadline:
                response.close()
                raise TemporaryError(f"{name} took too long to respond to the sign-in. Try again later.")
        response._content = bytes(body)  # where requests keeps what it has read
        return response

    return read
