"""Tie a process to its parent, so that none is left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
# Loaded here, because a process that has just been forked should not load libraries.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(by: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Have Linux send this process a signal when its parent ends.

    With the id of the ``parent``, exit now if it has ended already.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, by)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
