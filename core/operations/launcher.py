"""Start all of iHUB with one command (`make run`), and stop it with Ctrl-C.

In order: home folder, ports, store, keys, Redis, sandbox, demo account, then the processes of the Procfile.
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from urllib.request import urlopen

from honcho.environ import parse_procfile

from connectors.contract.errors import ConnectorError
from core import db
from core.accounts import accounts
from core.errors import HubError, StartError
from core.operations import demo, preflight
from core.operations.supervisor import Supervisor
from core.queue import redis_server
from core.settings import ROOT, settings, unknown_variables

READY_SECONDS = 120.0
STOPPED, WRONG_USE = 0, 2
FIRST_STEPS = [
    "",
    "There are no users yet. Add the first account and its admin:",
    "  .venv/bin/python -m core account create --help",
    "  .venv/bin/python -m core user add --help",
]


class Parser(argparse.ArgumentParser):
    """An argument parser that reports wrong options in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with the sentence."""
        self.exit(WRONG_USE, f"The launcher does not accept this: {message}. Its only option is --no-demo.\n")


class Launcher:
    """One start of iHUB."""

    def __init__(self, demo: bool) -> None:
        """With ``demo``, start the demo systems and seed the demo account too."""
        self._demo = demo
        self._supervisor = Supervisor(os.environ)
        self._redis: subprocess.Popen[bytes] | None = None
        self._welcome: list[str] = []

    def run(self) -> None:
        """Prepare, start, keep running until asked to stop, stop. Raises StartError."""
        self._supervisor.install_signal_handlers()
        self._home = preflight.prepare_home()
        with preflight.lock_home(self._home):
            preflight.check_ports(self._demo)
            preflight.prepare_store()
            preflight.prepare_keys()
            try:
                self._start()
                self._keep_running()
            finally:
                self._stop()

    def _stop(self) -> None:
        if self._supervisor.busy:
            print_line("Stopping iHUB …")
        self._supervisor.stop()
        self._stop_redis()

    def _start(self) -> None:
        self._start_redis()
        os.environ["PATH"] = os.pathsep.join(
            (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
        )
        os.environ |= {
            "IHUB_HOME": str(self._home),
            "IHUB_DEMO": str(int(self._demo)),
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
        }
        if self._demo:
            os.environ.setdefault("IHUB_FILES", str(self._home / "files"))
        settings.cache_clear()
        if self._demo:
            self._start_demo()
        elif not accounts.list_all():
            self._welcome = FIRST_STEPS
        db.engine().dispose()
        for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
            self._supervisor.start(name, command)

    def _start_redis(self) -> None:
        configured = settings().redis_url is not None and self._redis is None
        address, self._redis = redis_server.ensure(self._home)
        if not configured:
            os.environ["REDIS_URL"] = address

    def _start_demo(self) -> None:
        port, state = settings().sandbox_port, self._home / "sandbox.db"
        words = [sys.executable, "-m", "sandbox", "--port", str(port), "--state", str(state)]
        takes_mails = not settings().smtp_host
        if takes_mails:
            words += ["--mail-port", str(use_demo_mail())]
        command = shlex.join(words)
        self._supervisor.start("sandbox", command, stop_last=True)
        address = f"http://127.0.0.1:{port}"
        if self._wait_until_ready(f"{address}/control/state"):
            self._welcome = seed_demo(address)
            if takes_mails:
                self._welcome.append(
                    f"Mails and webhooks that iHUB sends: {address}/mails, {address}/webhooks"
                )

    def _wait_until_ready(self, address: str) -> bool:
        """Wait until an address responds; False when a stop was requested meanwhile."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._supervisor.stop_requested.is_set():
            self._supervisor.run_one_round()
            if responds(address):
                return True
            if time.monotonic() > deadline:
                raise StartError(
                    f"{address} does not respond, so iHUB has stopped. The output of its processes is above."
                )
        return False

    def _keep_running(self) -> None:
        """Print when iHUB is ready, then keep everything running until asked to stop."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings().host, settings().host)  # noqa: S104
        if self._wait_until_ready(f"http://{host}:{settings().port}/healthz"):
            print_line(
                draw_box([f"iHUB is ready: {settings().url}", *self._welcome, "", "Stop it with Ctrl-C."])
            )
        while not self._supervisor.stop_requested.is_set():
            self._supervisor.run_one_round()
            if self._redis is not None and self._redis.poll() is not None:
                print_line("The embedded Redis server ended, restarting it.")
                self._restart_redis()

    def _restart_redis(self) -> None:
        del os.environ["REDIS_URL"]
        settings.cache_clear()
        self._start_redis()

    def _stop_redis(self) -> None:
        if self._redis is None:
            return
        self._redis.terminate()
        try:
            self._redis.wait(10)
        except subprocess.TimeoutExpired:
            self._redis.kill()
            self._redis.wait()


def responds(address: str) -> bool:
    """Say whether one of our addresses responds with 200."""
    try:
        with urlopen(address, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except OSError:  # refused, timed out, or an HTTP error
        return False


def seed_demo(sandbox: str) -> list[str]:
    """Bring the demo account up to date and return the lines that introduce it."""
    try:
        sign_ins = demo.seed(sandbox)
    except ConnectorError as error:
        raise StartError(f"The demo account could not be created. {error}") from error
    return [
        "",
        "Sign in as:",
        *(f"  {line}" for line in sign_ins.lines()),
        "",
        f"The demo's enableHR, iPayroll, Employment Hero Payroll and Xero: {sandbox}",
    ]


def use_demo_mail() -> int:
    """Let iHUB send mails to the sandbox, for which the operator has set no mail server; return the port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    os.environ |= {
        "IHUB_SMTP_HOST": "127.0.0.1",
        "IHUB_SMTP_PORT": str(port),
        "IHUB_SMTP_SECURITY": "none",
        "IHUB_MAIL_FROM": settings().mail_from or "ihub@example.com",
    }
    settings.cache_clear()
    return port


def draw_box(lines: Sequence[str]) -> str:
    """Draw a frame around lines."""
    width = max(len(line) for line in lines)
    middle = (f"│ {line.ljust(width)} │" for line in lines)
    return "\n".join((f"╭{'─' * (width + 2)}╮", *middle, f"╰{'─' * (width + 2)}╯"))


def print_line(text: str) -> None:
    """Print a line, unless the terminal is gone."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def demo_wanted() -> bool:
    """Say whether to start the demo: yes, unless IHUB_DEMO or the option says no."""
    parser = Parser(prog="python -m core.operations.launcher", description="Start iHUB; Ctrl-C stops it.")
    parser.add_argument(
        "--no-demo", action="store_true", help="without the demo systems and account (also IHUB_DEMO=0)"
    )
    return not parser.parse_args().no_demo and (settings().demo or "IHUB_DEMO" not in os.environ)


def main() -> int:
    """Start iHUB and run it until it is stopped; a wrong setup is one sentence and exit code 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals without box characters
    try:
        launcher = Launcher(demo=demo_wanted())
        for name in unknown_variables():
            print_line(
                f"{name} is not a setting of iHUB and is ignored; docs/operations.md lists the settings."
            )
        launcher.run()
        print_line("iHUB has stopped.")
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_USE
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
