"""Run programs side by side: show what they print, restart those that end, stop them in order.

The programs are those of the Procfile, which `honcho start` runs as well. Different here: a program that ends is
restarted, and no program outlives the launcher.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import IO

from honcho.colour import get_colours
from honcho.printer import Message, Printer
from honcho.process import Popen

from core.child_process import die_with_parent
from core.errors import StartError
from core.settings import ROOT

ROUND_SECONDS = 0.2
# How long a program may take to stop before it is killed.
STOP_SECONDS = 20.0
# If a program ends this often within the window, it is broken and everything stops.
ENDS_ALLOWED, ENDS_WINDOW_SECONDS = 5, 60.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Program:
    """One program, restarted whenever it ends."""

    def __init__(self, name: str, command: str, show: Callable[[str, bytes], None]) -> None:
        """``command`` is a line of the Procfile; ``show`` is called with each line that the program prints."""
        self.name, self._command, self._show = name, command, show
        self._child: subprocess.Popen[bytes] | None = None
        self._ends: deque[float] = deque(maxlen=ENDS_ALLOWED)
        self._due: float | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the program in its own session, so that Ctrl-C reaches only the launcher."""
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
        """Say whether the program is running."""
        return self._child is not None and self._child.poll() is None

    def restart_if_ended(self, environment: Mapping[str, str]) -> str | None:
        """Restart the program if it has ended, the first time at once, then after growing waits; return the news.

        Raises StartError when it has ended too often.
        """
        if self.running:
            return None
        if self._due is None:
            return self._schedule_restart()
        if time.monotonic() >= self._due:
            self.start(environment)
        return None

    def _schedule_restart(self) -> str:
        self._ends.append(time.monotonic())
        recent = sum(end > self._ends[-1] - ENDS_WINDOW_SECONDS for end in self._ends)
        if recent == ENDS_ALLOWED:
            raise StartError(
                f"The {self.name} process ended {ENDS_ALLOWED} times within a minute, so iHUB has stopped. "
                "The output of the process is above."
            )
        wait = 2.0 ** (recent - 2) if recent > 1 else 0.0
        self._due = self._ends[-1] + wait
        code = self._child.returncode if self._child else 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"ended ({how}), restarting it" + (f" in {wait:.0f} s" if wait else "")

    def signal(self, number: int) -> None:
        """Send a signal to the program and its children."""
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


class Supervisor:
    """Keeps programs running until it is asked to stop."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """All programs get the same environment."""
        self._environment = environment
        self._programs: list[Program] = []
        self._stopped_last: list[Program] = []
        self._lines: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._printer, self._colours = Printer(sys.stdout, width=len("scheduler")), get_colours()
        self._colour_of: dict[str, str] = {}
        self.stop_requested = Event()

    def install_signal_handlers(self) -> None:
        """Stop on Ctrl-C, on SIGTERM and when the terminal is closed."""
        for number in SIGNALS:
            signal.signal(number, lambda *_: self.stop_requested.set())

    @property
    def busy(self) -> bool:
        """Say whether any program has been started."""
        return bool(self._programs or self._stopped_last)

    def start(self, name: str, command: str, *, stop_last: bool = False) -> None:
        """Start one more program."""
        program = Program(name, command, self._add_line)
        self._colour_of[name] = next(self._colours)
        (self._stopped_last if stop_last else self._programs).append(program)
        program.start(self._environment)

    def _add_line(self, name: str, text: bytes | str) -> None:
        self._lines.put(Message("line", text, datetime.now().astimezone(), name, self._colour_of.get(name)))

    def run_one_round(self) -> None:
        """Show what was printed and restart what ended. Raises StartError when a program ends again and again."""
        self._show_lines(ROUND_SECONDS)
        for program in (*self._stopped_last, *self._programs):
            if not self.stop_requested.is_set() and (news := program.restart_if_ended(self._environment)):
                self._add_line(program.name, news)

    def _show_lines(self, seconds: float) -> None:
        """Print lines as they come, for some seconds; when nobody reads the output any more, request a stop."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._printer.write(self._lines.get(timeout=left))
        except queue.Empty:
            return
        except BrokenPipeError:
            sys.stdout = self._printer.output = Path(os.devnull).open("w")  # noqa: SIM115 - open until the end
            self.stop_requested.set()

    def stop(self) -> None:
        """Stop all programs; a second request meanwhile kills them."""
        self.stop_requested.clear()
        for programs in (self._programs, self._stopped_last):
            for program in programs:
                program.signal(signal.SIGTERM)
            self._wait_until_ended(programs)
            for program in programs:
                program.signal(signal.SIGKILL)
        self._show_lines(0.1)

    def _wait_until_ended(self, programs: Sequence[Program]) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while any(program.running for program in programs):
            if time.monotonic() >= deadline or self.stop_requested.is_set():
                return
            self._show_lines(0.05)
