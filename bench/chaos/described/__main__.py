"""Serve one system of a customer: `python -m bench.chaos.described hr|payroll --port P --state FILE`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from bench.chaos.described.hr import Hr
from bench.chaos.described.misbehaviour import STEADY, Fate, Misbehaviour
from bench.chaos.described.payroll import JournaledPayroll
from bench.servers.http_server import HttpConnection, Response, Server, System, serve

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n"
# Requests take some time, so that there can be several at once.
SHORTEST_SECONDS = 0.002
RETRY_AFTER = b"Retry-After: 1\r\n"
REFUSED = b'{"message":"Too many requests."}'
FAILED = b'{"message":"Internal error."}'


class MisbehavingSystem:
    """A system, and the part of the control API that sets how it misbehaves."""

    def __init__(self, system: System, misbehaviour: Misbehaviour) -> None:
        self._system, self._misbehaviour = system, misbehaviour

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        return self._system.respond(method, path, query, body)

    def control(self, action: str, options: dict[str, Any]) -> Any:
        """Set what happens to the next requests, show what happened, or do what the system itself does."""
        if action == "misbehave":
            self._misbehaviour.set(**options)
            return {}
        if action == "fates":
            return {fate.value: number for fate, number in self._misbehaviour.counts.items()}
        return self._system.control(action, options)


class MisbehavingConnection(HttpConnection):
    """A connection on which each request has a fate."""

    def __init__(self, server: Server, later: Callable[..., object], misbehaviour: Misbehaviour) -> None:
        super().__init__(server, later)
        self._misbehaviour = misbehaviour

    def answer(self, method: bytes, target: bytes, body: bytes) -> None:
        """Do what the fate of the request says."""
        if target.startswith(b"/control/"):
            super().answer(method, target, body)
            return
        fate = self._misbehaviour.fate(method)
        if fate is Fate.TOO_MANY:
            self._send(429, REFUSED, RETRY_AFTER)
            return
        status, text = 500, FAILED
        if fate not in (Fate.FAILED_BEFORE, Fate.CUT_BEFORE):
            done_status, done_text, _ = self._server.respond(method, target, body)
            if fate is Fate.CARRIED_OUT:
                status, text = done_status, done_text
        self._misbehaviour.in_progress += 1
        wait = max(self._misbehaviour.latency, SHORTEST_SECONDS)
        self._later(wait, self._end, status, text, fate in (Fate.CUT_BEFORE, Fate.CUT_AFTER))

    def _end(self, status: int, text: bytes, cut: bool) -> None:
        self._misbehaviour.in_progress -= 1
        if cut:
            self._transport.abort()
        else:
            self._send(status, text)

    def _send(self, status: int, text: bytes, headers: bytes = b"") -> None:
        self._transport.write(HEAD % (status, len(text), headers) + text)


def main() -> None:
    """Serve the system until the process is killed."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.described", description=__doc__)
    parser.add_argument("system", choices=("hr", "payroll"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steady", choices=STEADY, default="described")
    options = parser.parse_args()
    misbehaviour = Misbehaviour(STEADY[options.steady], options.seed)
    system: System = Hr(options.state) if options.system == "hr" else JournaledPayroll(options.state)
    server = Server(MisbehavingSystem(system, misbehaviour))
    uvloop.run(
        serve(
            server,
            options.port,
            lambda server, later: MisbehavingConnection(server, later, misbehaviour),
        )
    )


if __name__ == "__main__":
    main()
