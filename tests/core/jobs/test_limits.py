"""Only an Account Admin changes the limits of a job, within their ranges, and changes are audited."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.jobs import limits as job_limits
from core.models import Audit, Connection, Job
from core.reports import audit_wording
from core.security.actor import ActingRole, Actor
from harness import world


@pytest.fixture
def connection(sqlite_store: str) -> int:
    return world.active_connection()


def actor(connection: int, acting_role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, connection).account_id
    return Actor("alex", acting_role, None, account_id)


def test_limits_have_defaults_and_other_settings_of_the_job_stay(connection: int) -> None:
    assert job_limits.get_limits(actor(connection), connection).terminations.share == 0.1
    with transaction() as session:
        session.scalars(select(Job)).one().settings = {"full_read_days": 3, "limits": {"bank": {"count": 5}}}
    job_limits.change_limits(actor(connection), connection, {"creates": {"count": 2}, "people_for_bank": 2})
    limits = job_limits.get_limits(actor(connection), connection)
    assert (limits.creates.count, limits.creates.share, limits.bank.count, limits.people_for_bank) == (
        2,
        None,
        5,
        2,
    )
    with reading() as session:
        assert session.scalars(select(Job.settings)).one()["full_read_days"] == 3
        written = session.scalars(select(Audit).where(Audit.action == "job.limits")).one()
    assert (
        audit_wording.details_text(written.detail)
        == "Creates: at most 50 % → at most 2; People for bank: 0 → 2"
    )


@pytest.mark.parametrize(
    "changes", [{"creates": {"share": 2}}, {"people_for_bank": 3}, {"held_days": 0}, {"nonsense": 1}]
)
def test_unusable_limits_are_refused_and_nothing_changes(connection: int, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidError, match=next(iter(changes))):
        job_limits.change_limits(actor(connection), connection, changes)
    with reading() as session:
        assert session.scalars(select(Job.settings)).one() == {}


def test_only_an_account_admin_of_the_account_changes_them(connection: int) -> None:
    for acting_role in (ActingRole.SUPPORT, ActingRole.ANALYST):
        with pytest.raises(ForbiddenError):
            job_limits.change_limits(actor(connection, acting_role), connection, {"held_days": 3})
    stranger = Actor("sue", ActingRole.ACCOUNT_ADMIN, 1, world.account("Other"))
    with pytest.raises(NotFoundError):
        job_limits.get_limits(stranger, connection)
    with pytest.raises(NotFoundError):
        job_limits.change_limits(stranger, connection, {})
