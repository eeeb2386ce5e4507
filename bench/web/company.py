"""The accounts of the bench: connections to stand-ins of the systems, real runs of them, and the people who click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import insert, select

from core.accounts import accounts, users
from core.clock import now
from core.connections import connections
from core.db import reading, transaction
from core.jobs import limits, start
from core.models import (
    Every,
    Job,
    Membership,
    Position,
    Record,
    Role,
    Run,
    RunKind,
    RunStatus,
    Schedule,
    Trigger,
    User,
)
from core.operations.demo_systems import PACE, addresses
from core.security.actor import OPERATOR, ActingRole, Actor
from core.settings import ROOT
from harness.launched import eventually
from harness.postgres import free_port

COMPANIES = ("Harbour Foods", "Coastal Cafés", "Northern Freight", "Ōtautahi Builders")
EMPLOYEES, EARLIER_RUNS, TARGETS = 250, 150, {"ipayroll": {}, "keypay": {"business_id": "4711"}}
# Real runs of each connection, the last one a preview: what they write stands in all tables that a page reads.
REAL_RUNS, CHANGED = 4, 12
PASSWORD = "three plain words of the bench"  # noqa: S105 - of a store that is thrown away
RUN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Clicker:
    """Somebody who signs in and clicks."""

    username: str
    role: ActingRole
    account_id: int


@dataclass(frozen=True, slots=True)
class Company:
    """An account, its connections, its runs whose records are in the store, and some of its employees."""

    account_id: int
    connection_ids: tuple[int, ...]
    run_ids: tuple[int, ...]
    # Connection and source id.
    people: tuple[tuple[int, str], ...]


@contextmanager
def sandboxes(folder: Path, number: int, employees: int = EMPLOYEES) -> Iterator[list[str]]:
    """Run some sandboxes, and yield their addresses."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(_sandbox(folder / f"sandbox-{seed}.db", seed, employees))
            for seed in range(1, number + 1)
        ]


@contextmanager
def _sandbox(state: Path, seed: int, employees: int) -> Iterator[str]:
    port = free_port()
    options = ["--port", str(port), "--state", str(state), "--seed", str(seed), "--employees", str(employees)]
    with subprocess.Popen([sys.executable, "-m", "sandbox", *options], cwd=ROOT) as process:  # noqa: S603
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: _answers(url), f"the sandbox at {url} answers")
            yield url
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/control/state", timeout=5).ok
    except requests.ConnectionError:
        return False


def found(name: str, sandbox_url: str) -> Company:
    """Add an account with a connection to each payroll, and let the worker carry out its runs."""
    account_id = accounts.create(name)
    actor = replace(OPERATOR, account_id=account_id)
    connection_ids = tuple(connect(actor, kind, sandbox_url) for kind in TARGETS)
    for connection_id in connection_ids:
        limits.change_limits(actor, connection_id, {"creates": {"count": EMPLOYEES}})
        _add_schedule(connection_id)
        _add_earlier_runs(account_id, connection_id)
    run_ids: list[int] = []
    for turn in range(REAL_RUNS):
        if turn:
            _change_people(sandbox_url, turn)
        kind = RunKind.PREVIEW if turn == REAL_RUNS - 1 else RunKind.SYNC
        run_ids += [_run(connection_id, kind) for connection_id in connection_ids]
    people = [
        (connection_id, source_id)
        for connection_id, run_id in zip(connection_ids, run_ids, strict=False)
        for source_id in _read(run_id)
    ]
    return Company(account_id, connection_ids, tuple(run_ids), tuple(people))


def connect(actor: Actor, kind: str, sandbox_url: str) -> int:
    """Add an Active connection from the sandbox's enableHR to one of its payrolls; return its id."""
    urls = addresses(sandbox_url)
    source = urls["enablehr"] | {"account_id": "1001"} | PACE
    connection_id = connections.create(actor, "", "enablehr", kind, source, urls[kind] | PACE | TARGETS[kind])
    connections.connect_side(actor, connection_id, Position.SOURCE, _tokens("enablehr", sandbox_url))
    target = (
        {"api_key": _control(sandbox_url, "GET", "key")["key"]}
        if kind == "keypay"
        else _tokens(kind, sandbox_url)
    )
    connections.connect_side(actor, connection_id, Position.TARGET, target)
    return connection_id


def _tokens(kind: str, sandbox_url: str) -> dict[str, Any]:
    tokens: dict[str, Any] = _control(sandbox_url, "POST", "grant", system=kind)
    expires_at = now() + timedelta(seconds=int(tokens.pop("expires_in")))
    return tokens | {"expires_at": expires_at.isoformat()}


def _control(sandbox_url: str, method: str, path: str, **body: Any) -> Any:
    response = requests.request(method, f"{sandbox_url}/control/{path}", json=body or None, timeout=30)
    response.raise_for_status()
    return response.json()


def _change_people(sandbox_url: str, turn: int) -> None:
    people = _control(sandbox_url, "GET", "people")
    for person in people[turn * CHANGED : (turn + 1) * CHANGED]:
        _control(sandbox_url, "PATCH", f"people/{person['id']}", middleName=f"Name {turn}")


def _run(connection_id: int, kind: RunKind) -> int:
    run_id = start.run_now(OPERATOR, connection_id, kind)
    eventually(lambda: _has_ended(run_id), f"run #{run_id} has ended", RUN_SECONDS)
    return run_id


def _read(run_id: int) -> list[str]:
    """Return the source ids of everybody a run has read."""
    with reading() as session:
        return list(session.scalars(select(Record.source_id).where(Record.run_id == run_id)))


def _has_ended(run_id: int) -> bool:
    with reading() as session:
        return session.get_one(Run, run_id).status.ended


def _add_schedule(connection_id: int) -> None:
    rule = {"every": Every.DAY, "at": "07:30", "time_zone": "Australia/Brisbane"}
    with transaction() as session:
        job_id = session.scalar(select(Job.id).where(Job.connection_id == connection_id))
        session.execute(insert(Schedule).values(job_id=job_id, next_due_at=now() + timedelta(days=1), **rule))


def _add_earlier_runs(account_id: int, connection_id: int) -> None:
    """Add scheduled runs of the last weeks, whose records are no longer asked for."""
    began, step = now() - timedelta(hours=4 * EARLIER_RUNS), timedelta(hours=4)
    rows = [
        _earlier_run(account_id, connection_id, began + turn * step, turn) for turn in range(EARLIER_RUNS)
    ]
    with transaction() as session:
        session.execute(insert(Run), rows)


def _earlier_run(account_id: int, connection_id: int, at: datetime, turn: int) -> dict[str, Any]:
    errors, updated = (4 if turn % 9 == 0 else 0), turn % 6
    filtered = EMPLOYEES // 10
    return {
        "account_id": account_id,
        "connection_id": connection_id,
        "trigger": Trigger.SCHEDULED,
        "status": RunStatus.ERROR if errors else RunStatus.COMPLETE,
        "created_at": at,
        "started_at": at,
        "ended_at": at + timedelta(seconds=40 + turn % 30),
        "read": EMPLOYEES,
        "filtered": filtered,
        "errors": errors,
        "written": updated,
        "updated": updated,
        "unchanged": EMPLOYEES - filtered - errors - updated,
        "need_action": errors,
    }


def add_people(number: int, companies: Sequence[Company]) -> list[Clicker]:
    """Add people with a password: of twenty one of Support, six analysts, and the rest admins."""
    first = users.add_user("clicker0", "Clicker 0", PASSWORD, support=True)
    with transaction() as session:
        hashed = session.get_one(User, first).password_hash
    clickers = [Clicker("clicker0", ActingRole.SUPPORT, companies[0].account_id)]
    for at in range(1, number):
        account_id, name = companies[at % len(companies)].account_id, f"clicker{at}"
        role = _role(at)
        membership = None if role is ActingRole.SUPPORT else Role(role.value)
        with transaction() as session:
            user = User(
                username=name, name=f"Clicker {at}", is_support=membership is None, password_hash=hashed
            )
            session.add(user)
            session.flush()
            if membership is not None:
                session.add(Membership(user_id=user.id, account_id=account_id, role=membership))
        clickers.append(Clicker(name, role, account_id))
    return clickers


def _role(at: int) -> ActingRole:
    if at % 20 == 0:
        return ActingRole.SUPPORT
    return ActingRole.ANALYST if at % 20 <= 6 else ActingRole.ACCOUNT_ADMIN
