"""Let oauthlib use plain http for sign-in pages on this machine, such as those of the demo."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.values.web_address import is_loopback

_lock = threading.Lock()
_running_calls = 0


@contextmanager
def plain_http(url: str) -> Iterator[None]:
    """Let oauthlib use http while an address of this machine is called, and at no other time.

    Its only switch is an environment variable, so concurrent calls are counted. Meanwhile calls to other machines
    still need https: our own check (``connectors/http/sign_in/oauth.py``) applies to every call.
    """
    if not is_loopback(url):
        yield
        return
    _count_calls(1)
    try:
        yield
    finally:
        _count_calls(-1)


def _count_calls(change: int) -> None:
    global _running_calls  # noqa: PLW0603 - the environment variable is process-wide too
    with _lock:
        _running_calls += change
        if _running_calls:
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        else:
            os.environ.pop("OAUTHLIB_INSECURE_TRANSPORT", None)
