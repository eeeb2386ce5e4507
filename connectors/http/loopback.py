"""Let oauthlib use http where a sign-in is on this machine itself, as the demo's is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.values.web_address import is_loopback

_loopback = threading.Lock()
_loopback_calls = 0


@contextmanager
def plain_http(url: str) -> Iterator[None]:
    """Let oauthlib use http while an address of this machine itself is called, and at no other time.

    Its only switch is a variable of the whole process; calls side by side are counted. Our own check of the
    address (``connectors/http/oauth.py``) holds for every call, so that a call elsewhere stays on https meanwhile.
    """
    if not is_loopback(url):
        yield
        return
    _count_loopback(1)
    try:
        yield
    finally:
        _count_loopback(-1)


def _count_loopback(change: int) -> None:
    global _loopback_calls  # noqa: PLW0603 - the variable it guards is the process's too
    with _loopback:
        _loopback_calls += change
        if _loopback_calls:
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        else:
            os.environ.pop("OAUTHLIB_INSECURE_TRANSPORT", None)
