"""The sandbox as a fixture: its systems run in this process, and every exchange is checked."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from harness.openapi import Recorder
from sandbox.app import create_app
from sandbox.enablehr.moves import COPY
from sandbox.world import World


class Control:
    """The sandbox's control API, as tests use it."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/control"
        self._session = requests.Session()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        response = self._session.request(method, f"{self._url}{path}", json=body, timeout=30)
        assert response.ok, f"{method} {path}: {response.text}"
        return response.json()

    def reset(self, seed: int = 1, employees: int = 250) -> Any:
        """Start again with new people; issued tokens stay valid."""
        return self._call("POST", "/reset", {"seed": seed, "employees": employees})

    def switches(self, system: str, **changes: Any) -> Any:
        """Set fault switches of a system, such as ``fail_next=3, fail_status=503``."""
        return self._call("POST", "/switches", {system: changes})

    def calm(self, system: str) -> Any:
        """Reset a system's fault switches."""
        return self._call("POST", "/switches", {system: None})

    def state(self) -> Any:
        """Return counters, switches and sizes."""
        return self._call("GET", "/state")

    def counters(self, system: str) -> Any:
        """Return what a system counted."""
        return self.state()["counters"][system]

    def advance(self, seconds: float) -> Any:
        """Move the sandbox's clock forward."""
        return self._call("POST", "/clock", {"advance_seconds": seconds})

    def people(self, trait: str | None = None) -> list[dict[str, Any]]:
        """Return everyone in enableHR as stored, or those with a trait of sandbox/README.md."""
        everyone: list[dict[str, Any]] = self._call("GET", "/people")
        return [person for person in everyone if trait in (None, person["trait"])]

    def person(self, name: str) -> Any:
        """Return one person in enableHR as stored."""
        return self._call("GET", f"/people/{name}")

    def edit(self, name: str, **fields: Any) -> Any:
        """Change fields of a person in enableHR; None removes a field."""
        return self._call("PATCH", f"/people/{name}", fields)

    def transfer(self, name: str, branch: str, kind: str = COPY, **changes: Any) -> Any:
        """Transfer a person in enableHR to a branch, and return the new record; ``changes`` are fields of it."""
        return self._call(
            "POST", f"/people/{name}/transfer", {"branch": branch, "type": kind, "changes": changes}
        )

    def merge(self, name: str, into: str) -> Any:
        """Merge a duplicate in enableHR into another person, and return that one."""
        return self._call("POST", f"/people/{name}/merge", {"into": into})

    def payroll(self) -> list[dict[str, Any]]:
        """Return everyone in payroll as stored."""
        stored: list[dict[str, Any]] = self._call("GET", "/payroll")
        return stored

    def edit_payroll(self, name: str, **fields: Any) -> Any:
        """Change fields of an employee in payroll, as a payroll officer would."""
        return self._call("PATCH", f"/payroll/{name}", fields)

    def hero(self) -> list[dict[str, Any]]:
        """Return everyone in Employment Hero Payroll as stored."""
        stored: list[dict[str, Any]] = self._call("GET", "/hero")
        return stored

    def edit_hero(self, number: int, **fields: Any) -> Any:
        """Change fields of an employee there, as a payroll officer would."""
        return self._call("PATCH", f"/hero/{number}", fields)

    def xero(self) -> list[dict[str, Any]]:
        """Return everyone at Xero as stored."""
        stored: list[dict[str, Any]] = self._call("GET", "/xero")
        return stored

    def edit_xero(self, name: str, **fields: Any) -> Any:
        """Change fields of an employee there, as a payroll officer would."""
        return self._call("PATCH", f"/xero/{name}", fields)

    def set_choices(self, name: str, entries: list[dict[str, Any]]) -> Any:
        """Replace a list of a payroll system, named by the last part of its address, such as ``payschedule``."""
        return self._call("PUT", f"/lists/{name}", entries)

    def hero_key(self) -> str:
        """Return the API key of Employment Hero Payroll."""
        return str(self._call("GET", "/key")["key"])

    def grant(self, system: str, scopes: list[str] | None = None) -> Any:
        """Return tokens, as if a person had consented."""
        return self._call("POST", "/grant", {"system": system, "scopes": scopes})

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


class Sandbox:
    """A running sandbox."""

    def __init__(self, port: int, recorder: Recorder | None) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.enablehr_url, self.login_url = f"{self.url}/enablehr", f"{self.url}/enablehr/login"
        self.ipayroll_url, self.keypay_url = f"{self.url}/ipayroll", f"{self.url}/keypay"
        self.xero_url = f"{self.url}/xero"
        self.control = Control(self.url)
        self._recorder = recorder

    @property
    def violations(self) -> list[str]:
        """Return the violations of an interface description so far; empty when nothing is checked."""
        return self._recorder.violations() if self._recorder else []

    def forgive(self) -> None:
        """Forget the violations so far: the test caused them on purpose."""
        if self._recorder:
            self._recorder.forget()


@contextmanager
def running_sandbox(
    folder: Path, seed: int = 1, employees: int = 250, validate: bool = True
) -> Iterator[Sandbox]:
    """Run a sandbox on a free port, its state in the folder; a folder with a state continues from it."""
    file = folder / "sandbox.db"
    if not file.exists():
        file.write_bytes(_new_state(seed, employees))
    world = World(file)
    recorders: list[Recorder] = []

    def record(app: Any) -> Any:
        recorders.append(Recorder(app))
        return recorders[0]

    app = create_app(world, record) if validate else create_app(world)
    with _served(app) as port:
        sandbox = Sandbox(port, recorders[0] if validate else None)
        try:
            yield sandbox
        finally:
            sandbox.control.close()
    world.close()


@cache
def _new_state(seed: int, employees: int) -> bytes:
    """Return the state file of a new sandbox; inventing the people takes longest, so that is done once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sandbox.db"
        World(file, seed, employees).close()
        return file.read_bytes()


@contextmanager
def _served(app: Any) -> Iterator[int]:
    """Serve an app from a thread; yield its port."""
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
    # With IPPROTO_TCP, asyncio sets TCP_NODELAY.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = _Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    assert server.ready.wait(60), "the sandbox did not start"
    try:
        yield listener.getsockname()[1]
    finally:
        server.stop()
        thread.join(10)
        listener.close()


class _Server(uvicorn.Server):
    """A server that signals when it is ready and stops at once; uvicorn's own looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        await self._stopped.wait()

    def stop(self) -> None:
        """Stop, called from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def shutdown(self, sockets: Any = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker with the options of the fixture."""
    config.addinivalue_line("markers", "sandbox(seed=1, employees=250): the people in the sandbox fixture")


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox for the test; fail when an exchange violated an interface description."""
    marker = request.node.get_closest_marker("sandbox")
    with running_sandbox(tmp_path, **(marker.kwargs if marker else {})) as running:
        yield running
        violations = running.violations
    assert not violations, "Exchanges that violate the interface description:\n" + "\n".join(violations[:20])
