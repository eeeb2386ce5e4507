"""Run programs side by side: show what they print, start again what ended, stop them in order.

The parts come from the Procfile, which `honcho start` runs as well; what is added here is that a part that ends is
started again, and that nothing outlives the launcher.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import IO

from honcho.colour import get_colours
from honcho.printer import Fingerprinter, Message
from honcho.process import Popen

from core.child_process import die_with_parent
from core.errors import StartError
from core.settings import ROOT

ROUND_SECONDS = 0.2
# How long a part may take to stop before it is killed.
PATIENCE_SECONDS = 20.0
# A part that ends this often within the window is broken: everything stops.
ENDS_ALLOWED, ENDS_WINDOW_SECONDS = 5, 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Part:
    """One program, started again whenever it ends."""

    def __init__(self, name: str, command: str, show: Callable[[str, bytes], None]) -> None:
        """Take the command as the Procfile spells it; ``show`` gets each line it prints."""
        self.name, self._command, self._show = name, command, show
        self._child: subprocess.Popen[bytes] | None = None
        self._ends: deque[float] = deque(maxlen=ENDS_ALLOWED)
        self._due: float | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the program in a session of its own, so that a Ctrl-C reaches the launcher only."""
        self._due = None
        self._child = Popen(
            f"exec {self._command}",
            env=dict(environment),
            cwd=str(ROOT),
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        Thread(target=self._relay, args=(self._child.stdout,), daemon=True).start()

    def _relay(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._show(self.name, line)

    @property
    def running(self) -> bool:
        """Say whether the program runs."""
        return self._child is not None and self._child.poll() is None

    def revive(self, environment: Mapping[str, str]) -> str | None:
        """Start the program again if it has ended, at once and then ever later; return what to say of it.

        Raises StartError when it has ended too often.
        """
        if self.running:
            return None
        if self._due is None:
            return self._note_end()
        if time.monotonic() >= self._due:
            self.start(environment)
        return None

    def _note_end(self) -> str:
        self._ends.append(time.monotonic())
        recent = sum(end > self._ends[-1] - ENDS_WINDOW_SECONDS for end in self._ends)
        if recent == ENDS_ALLOWED:
            raise StartError(
                f"The {self.name} process ended {ENDS_ALLOWED} times within a minute, so iHUB has stopped; "
                "what it printed last is above."
            )
        wait = 2.0 ** (recent - 2) if recent > 1 else 0.0
        self._due = self._ends[-1] + wait
        code = self._child.returncode if self._child else 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"ended ({how}), starting it again" + (f" in {wait:.0f} s" if wait else "")

    def signal(self, number: int) -> None:
        """Send a signal to the program and its children."""
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


class Supervisor:
    """Keeps parts running until it is told to stop."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment of all parts."""
        self._environment = environment
        self._parts: list[Part] = []
        self._lasting: list[Part] = []
        self._lines: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._printer, self._colours = Fingerprinter(sys.stdout, width=len("scheduler")), get_colours()
        self._colour_of: dict[str, str] = {}
        self.asked_to_stop = Event()

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for number in SIGNALS:
            signal.signal(number, lambda *_: self.asked_to_stop.set())

    @property
    def busy(self) -> bool:
        """Say whether any part has been started."""
        return bool(self._parts or self._lasting)

    def start(self, name: str, command: str, *, lasting: bool = False) -> None:
        """Start one more part; a lasting one is stopped after all others."""
        part = Part(name, command, self._line)
        self._colour_of[name] = next(self._colours)
        (self._lasting if lasting else self._parts).append(part)
        part.start(self._environment)

    def _line(self, name: str, text: bytes | str) -> None:
        self._lines.put(Message("line", text, datetime.now().astimezone(), name, self._colour_of.get(name)))

    def turn(self) -> None:
        """Show what was printed and start again what ended; takes one round. Raises StartError when that is hopeless."""
        self._show(ROUND_SECONDS)
        for part in (*self._lasting, *self._parts):
            if not self.asked_to_stop.is_set() and (news := part.revive(self._environment)):
                self._line(part.name, news)

    def _show(self, seconds: float) -> None:
        """Print what has come in for so long; a reader that has gone away is a wish to stop."""
        until = time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                self._printer.write(self._lines.get(timeout=left))
        except queue.Empty:
            return
        except BrokenPipeError:
            sys.stdout = self._printer.output = Path(os.devnull).open("w")  # noqa: SIM115 - open until the end
            self.asked_to_stop.set()

    def stop(self) -> None:
        """Stop all parts; asking a second time meanwhile stops them hard."""
        self.asked_to_stop.clear()
        for parts in (self._parts, self._lasting):
            for part in parts:
                part.signal(signal.SIGTERM)
            until = time.monotonic() + PATIENCE_SECONDS
            while (
                any(part.running for part in parts)
                and time.monotonic() < until
                and not self.asked_to_stop.is_set()
            ):
                self._show(0.05)
            for part in parts:
                part.signal(signal.SIGKILL)
        self._show(0.1)
