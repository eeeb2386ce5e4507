"""Two accounts full of things, and one person in each role, for the table of permissions."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from core.accounts import access_requests
from core.clock import now
from core.db import transaction
from core.models import (
    ConflictState,
    Connection,
    FieldConflict,
    Link,
    OAuthRequest,
    OpenProblem,
    Plan,
    ProblemKind,
    Role,
    RunStatus,
    Side,
)
from core.review.field_conflicts import version_of
from core.runs.outcome_codes import Code
from core.security.actor import ActingRole, Actor
from core.security.vault import digest, vault
from harness import world
from tests.core.reports import reported_runs
from tests.core.stand_ins import Systems

SESSION = "the session of the test"
BREACH = {
    "code": Code.MANY_CREATES,
    "number": 9,
    "allowed": 5,
    "message": "9 would be created.",
    "positions": [],
}
PROBLEM = {
    "source_id": "S1",
    "code": "MISSING_FIELD",
    "message": "Start date is missing. Enter it in the HR system.",
    "fixer": "HR",
}
CHANGE = {"field": "bank", "label": "Bank account", "before": "••• 111", "after": "••• 222"}
CONFLICT: dict[str, Any] = {
    "source_id": "S1",
    "target_id": "T1",
    "field": "bank",
    "label": "Bank account",
    "code": "CHANGED_IN_PAYROLL",
    "sent": b"sent now",
    "shown": b"is shown",
}
CONFLICT_VERSION = version_of(FieldConflict(**CONFLICT, state=ConflictState.WAITING))
OWN, OTHER = "Harbour Foods", "Kiwi Timber"


@dataclass(frozen=True)
class Place:
    """An account and one of everything in it."""

    account: int
    connection: int
    side: int
    run: int
    held: int
    going: int
    person: int
    request: int
    problem: int
    conflict: int
    systems: Systems

    def started_flow(self) -> str:
        """Store an OAuth flow of the source as just started, and return its state."""
        state = secrets.token_hex(8)
        request = OAuthRequest(state_hash=digest(state), session_hash=digest(SESSION), side_id=self.side)
        request.verifier, request.expires_at = vault().seal("verifier"), now() + timedelta(minutes=1)
        with transaction() as session:
            session.add(request)
        return state

    def name(self, beginning: str) -> str:
        """Return a user name that nobody has yet."""
        return f"{beginning} {secrets.token_hex(4)}"


@dataclass(frozen=True)
class Places:
    """The account of the people who act, and another one."""

    own: Place
    other: Place
    actors: dict[str, Actor]


def build(systems: Systems) -> Places:
    """Fill the store."""
    own, other = _place(OWN, systems), _place(OTHER, systems)
    person = world.person
    actors = {
        "A": Actor("Ada", ActingRole.ACCOUNT_ADMIN, person(own.account, username="ada"), own.account),
        "S": Actor("Sue", ActingRole.SUPPORT, person(None, None, username="sue", support=True), own.account),
        "N": Actor("Ann", ActingRole.ANALYST, person(own.account, Role.ANALYST, username="ann"), own.account),
        "G": Actor("Gus", ActingRole.GUEST, person(None, None, username="gus")),
    }
    return Places(own, other, actors)


def _place(name: str, systems: Systems) -> Place:
    account = world.account(name)
    connection = world.active_connection(account, "hr", "pay")
    run = reported_runs.whole_run(connection)
    going = reported_runs.run(world.active_connection(account, "hr", "keyed"), RunStatus.RUNNING)
    held = reported_runs.run(connection, RunStatus.HELD, message="Too many would be created.")
    person = world.person(account, Role.ANALYST, username=f"person of {name}" if name == OTHER else "person")
    guest = Actor("Guest", ActingRole.GUEST, world.person(None, None, username=f"guest of {name}"))
    with transaction() as session:
        row = session.get_one(Connection, connection)
        row.name = f"{name} to payroll"
        side = next(_source(row.sides))
        session.add(Plan(run_id=held, breaches=[BREACH], kept_until=now() + timedelta(days=1)))
        session.add(Link(pairing_id=row.pairing_id, source_id="S1", target_id="T1"))
        problem = OpenProblem(pairing_id=row.pairing_id, kind=ProblemKind.OUTCOME, **PROBLEM, last_run_id=run)
        problem.name = f"Someone of {name}"
        session.add(problem)
        session.flush()
        problem_id = problem.id
        conflict = FieldConflict(pairing_id=row.pairing_id, **CONFLICT, name=problem.name, run_id=run)
        conflict.ciphertext = vault().seal_json(orjson.dumps([CHANGE]))
        session.add(conflict)
        session.flush()
        conflict_id = conflict.id
    request = access_requests.submit(guest, f"I work for {name}.")
    return Place(
        account, connection, side, run, held, going, person, request, problem_id, conflict_id, systems
    )


def _source(sides: list[Side]) -> Iterator[int]:
    return (side.id for side in sides if side.position == "SOURCE")
