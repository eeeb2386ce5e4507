"""Rules of a scope that change between runs, with people on hold, to compare readiness with the next run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select, update

from bench.proofs.company import Case, Company
from bench.proofs.details import Status
from core.clock import now
from core.db import transaction
from core.models import Connection, Hold, MappingVersion
from core.scope import holds

ROUNDS = 4
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"at": "status", "is": ["Current"]},
    {"any": [{"at": "status", "is": ["Current", "Transferred"]}, {"at": "status", "empty": True}]},
    {"at": "employee_number", "there": True},
    {"not": {"at": "employee_number", "ends_with": ["3", "7"]}},
    {"at": "address.state", "is": ["WA"]},
    {"at": "start_date", "within_days": {"before": 3600, "after": 20}},
    {
        "any": [
            {"at": "end_date", "empty": True},
            {"at": "end_date", "within_days": {"before": 10, "after": 3}},
        ]
    },
    # Not kept, so that the run has to say what it says of each.
    {"at": "preferred_name", "empty": True},
    {
        "all": [
            {"at": "email", "there": True},
            {"at": "start_date", "within_days": {"before": 3600, "after": 20}},
        ]
    },
)


class ScopeRounds:
    """Changes of the scope of one company, one after the other; the same seed makes the same."""

    def __init__(self, company: Company, connection_id: int) -> None:
        self._company, self._connection_id = company, connection_id
        self._random = Random(f"scope {company.seed}")

    def hire(self) -> None:
        """Add people who depend on the day: who start later, and who leave on a day without a status."""
        case, today = Case(self._company, 40, "scope"), now().date()
        for days in (3, 15, 60):
            case.hire(case.person(), start=(today + timedelta(days)).isoformat())
        left = {"status": Status.TERMINATED, "end": (today - timedelta(5)).isoformat()}
        case.hire(case.person(), **self._random.choice((left, {"gender": None, "tax": None})))

    def next_round(self) -> tuple[str, bool]:
        """Change something; return what, and whether readiness knows what it means although nobody was read since."""
        acts: tuple[Callable[[], tuple[str, bool]], ...] = (
            self._hold,
            self._hold,
            self._release,
            self._rules,
        )
        return self._random.choice(acts)()

    def _hold(self) -> tuple[str, bool]:
        source_id = self._random.choice(list(self._company.hr.employees))
        hold(self._connection_id, source_id)
        return f"HR {source_id} is put on hold", True

    def _release(self) -> tuple[str, bool]:
        self.release_all()
        return "everybody is released", True

    def release_all(self) -> None:
        """End all holds."""
        with transaction() as session:
            session.execute(update(Hold).where(Hold.released_at.is_(None)).values(released_at=now()))

    def _rules(self) -> tuple[str, bool]:
        random, everybody = self._random, list(self._company.hr.employees)
        condition = random.choice(CONDITIONS)
        document: dict[str, Any] = {"scope": condition}
        if random.random() < 0.6:
            document["starters"] = {"days_before": random.choice((0, 10, 20))}
        if random.random() < 0.5:
            document["leavers"] = {"days_after": random.choice((0, 3, 400))}
        people = random.sample(everybody, min(2, len(everybody)))
        document["people"] = {"include": people[:1], "exclude": people[1:]}
        self.save(document)
        return f"the scope is {document}", not {"preferred_name", "email"} & set(str(condition).split("'"))

    def save(self, document: dict[str, Any]) -> None:
        """Save a version of the mapping with these rules."""
        document = {"connector": self._company.payroll.connector().kind, **document}
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        of_connection = MappingVersion.connection_id == self._connection_id
        with transaction() as session:
            last = session.scalar(select(func.max(MappingVersion.number)).where(of_connection)) or 0
            session.add(
                MappingVersion(
                    connection_id=self._connection_id,
                    number=last + 1,
                    document=document,
                    digest=digest,
                    based_on=last,
                )
            )
            session.flush()
            session.get_one(Connection, self._connection_id).mapping_version = last + 1


def hold(connection_id: int, source_id: str) -> None:
    """Put somebody on hold, unless they are."""
    with transaction() as session:
        pairing_id = session.get_one(Connection, connection_id).pairing_id
        if source_id not in holds.reasons(pairing_id or 0, now().date()):
            session.add(Hold(pairing_id=pairing_id, source_id=source_id, reason="Pay is being checked"))
