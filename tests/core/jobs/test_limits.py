"""Only an Account Admin changes the limits of a job, within their ranges, and changes are audited."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connectors import registry
from connectors.contract.employee import BankAccount
from connectors.contract.fields import Concern
from connectors.contract.target_fields import FieldSummary
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.jobs import limits as job_limits
from core.models import Audit, Connection, Job, Role
from core.reports import audit_wording
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


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
    for name in ("alex", "bo"):
        world.person(actor(connection).account_id, Role.ACCOUNT_ADMIN, username=name)
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
        == "Creates: at most 50 % → at most 2; People for bank: default → 2"
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


def test_more_approvers_than_there_are_is_refused(connection: int) -> None:
    with pytest.raises(InvalidError, match=r"1 people would have to approve .*, but nobody can approve here"):
        job_limits.change_limits(actor(connection), connection, {"people_for_bank": 1})
    world.person(actor(connection).account_id, Role.ACCOUNT_ADMIN, username="alex")
    assert (
        job_limits.change_limits(actor(connection), connection, {"people_for_bank": 1}).people_for_bank == 1
    )
    with pytest.raises(InvalidError, match="but only 1 can approve here"):
        job_limits.change_limits(actor(connection), connection, {"people_for_bank": 2})


def test_the_figures_beside_the_limits_are_those_of_the_last_runs(connection: int) -> None:
    hub, admin = Hub(connection), actor(connection)
    none = job_limits.limit_figures(admin, connection)
    limits = job_limits.get_limits(admin, connection)
    assert (none.recent, none.is_first_run, none.allowed(limits, "creates")) == ((), True, None)
    hub.fill(40)
    hub.run()
    hub.source.edit("s1", mobile="0411 222 333", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    hub.source.put("new", person(91))
    hub.run()
    figures = job_limits.limit_figures(admin, connection)
    numbers = [(run.read, run.creates, run.bank, run.terminations) for run in figures.recent]
    assert numbers == [(41, 1, 1, 0), (40, 40, 0, 0)] and not figures.is_first_run
    assert (figures.allowed(limits, "creates"), figures.allowed(limits, "bank")) == (20, 10)


def test_a_limit_that_has_nothing_to_count_at_the_target_says_so(
    connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job_limits.limit_figures(actor(connection), connection).unusable == {}
    fields = (FieldSummary("name", "Name"), FieldSummary("tfn", "TFN", concern=Concern.TAX))
    monkeypatch.setattr(registry, "target_fields", lambda _kind: fields)
    unusable = job_limits.limit_figures(actor(connection), connection).unusable
    assert unusable == dict.fromkeys(
        ("bank", "people_for_bank"), "iHUB sends no bank accounts to iPayroll, so this has nothing to count."
    )


def test_the_catalogue_says_which_fields_the_limits_count() -> None:
    concerns = {field.concern for field in registry.target_fields("ipayroll")}
    assert {Concern.BANK, Concern.TAX} <= concerns
