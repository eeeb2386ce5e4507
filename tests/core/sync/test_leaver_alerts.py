"""A plan that terminates the employee who connected a side raises an alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from connectors.contract.employee import Employee
from core.db import reading, transaction
from core.mapping import previews
from core.mapping.document import MappingDocument
from core.models import Alert, AlertKind, Decision, RunKind, Side, User
from core.security.actor import OPERATOR
from core.sides.leaver_alerts import SideOwner
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

ADA = Employee(
    first_name="Ada",
    surname="Byron",
    preferred_name="Addie",
    email="ada@home.test",
    work_email="Ada.B@Work.test",
)


@pytest.mark.parametrize(
    ("name", "email", "employee", "same"),
    [
        ("A. Byron-King", "ada.b@work.test", ADA, True),
        ("A. Byron-King", "ADA@HOME.TEST ", ADA, True),
        ("ada  BYRON", "ada.b@elsewhere.test", ADA, False),
        ("ada  BYRON", None, ADA, True),
        ("Addie Byron", None, ADA, True),
        ("ada  BYRON", "ada.b@work.test", replace(ADA, email=None, work_email=None), True),
        ("Ada King", None, ADA, False),
        ("", None, Employee(first_name=None, surname=None), False),
    ],
)
def test_somebody_is_recognised_by_email_and_else_by_name(
    name: str, email: str | None, employee: Employee, same: bool
) -> None:
    assert SideOwner(1, name, email, name).is_employee(employee) is same


def connected_by(hub: Hub, **columns: object) -> None:
    hub.target.takes_terminations = True
    user = world.person(None, None, username="ada")
    with transaction() as session:
        session.execute(update(User).where(User.id == user).values(**columns))
        session.execute(
            update(Side).where(Side.connection_id == hub.connection_id).values(authorised_by=user)
        )


def open_messages() -> list[str]:
    with reading() as session:
        kind = Alert.kind == AlertKind.AUTHORISER_LEAVES
        return list(session.scalars(select(Alert.message).where(kind, Alert.cleared_at.is_(None))))


def end(hub: Hub, source_id: str) -> None:
    hub.source.edit(source_id, status="Terminated", end_date=date(2026, 1, 31))


@pytest.mark.parametrize("user", [{"email": "Person1@Example.test"}, {"username": "person1@example.test"}])
def test_one_alert_a_side_however_often_it_is_planned(hub: Hub, user: dict[str, object]) -> None:
    hub.fill(3)
    hub.run()
    connected_by(hub, name="Somebody Else", **user)
    end(hub, "s1")
    hub.run(RunKind.PREVIEW)
    hub.run()
    messages = open_messages()
    assert len(messages) == 2
    assert messages[0].startswith(
        "Somebody Else, who connected enableHR, is leaving. Ask someone who stays to reconnect enableHR"
    )


def test_a_namesake_with_another_address_is_not_taken_for_the_person(hub: Hub) -> None:
    hub.source.put("s1", person(1))
    hub.run()
    connected_by(hub, name="Given1 Surname1", email="another@example.test")
    end(hub, "s1")
    assert hub.run().counters.terminated == 1
    assert open_messages() == []


def test_without_an_address_the_name_tells(hub: Hub) -> None:
    hub.source.put("s1", person(1))
    hub.run()
    connected_by(hub, name="given1  surname1")
    end(hub, "s1")
    hub.run()
    assert len(open_messages()) == 2


def test_somebody_who_stays_or_is_only_changed_raises_nothing(hub: Hub) -> None:
    hub.fill(2)
    hub.run()
    connected_by(hub, name="x", email="person1@example.test")
    end(hub, "s0")
    hub.source.edit("s1", mobile="0400 999 999")
    assert hub.run().counters.terminated == 1
    assert open_messages() == []


def test_a_preview_of_a_draft_raises_nothing(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(2)
    hub.run()
    connected_by(hub, name="x", email="person1@example.test")
    end(hub, "s1")
    run_id = previews.store(OPERATOR, hub.connection_id, MappingDocument(connector="ipayroll"), based_on=0)
    hub.execute(run_id)
    assert hub.ended(run_id).decisions()["s1"] is Decision.TERMINATE
    assert open_messages() == []
