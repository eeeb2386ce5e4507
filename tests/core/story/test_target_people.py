"""Anybody at the target can be found and linked with a person, after the target was asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.contract.errors import TemporaryError
from core.db import reading
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Audit, Connection, Run
from core.people import name_index
from core.review import match_decisions
from core.security.actor import OPERATOR, ActingRole, Actor
from core.sides import systems
from core.story import target_people
from core.story.person import read_person
from tests.core.sync.conftest import Hub, hub
from tests.core.sync.fakes import person, raises

__all__ = ["hub"]


@pytest.fixture(autouse=True)
def people(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an employee who is not at payroll, one who is, and one that only payroll knows."""
    with reading() as session:
        pairing_id = session.get_one(Connection, hub.connection_id).pairing_id
    assert pairing_id is not None
    monkeypatch.setattr(systems, "load_system_pair", lambda _: hub.systems(pairing_id))
    hub.source.put("s1", person(1, start_date=None))
    hub.source.put("s2", person(2))
    hub.target.adopt("P7", person(7, first_name="Tāmati", surname="Wiremu"))
    hub.run()
    with reading() as session:
        name_index.refresh_after(session.scalars(select(Run.id)).one())


def admin(hub: Hub) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    return replace(OPERATOR, role=ActingRole.ACCOUNT_ADMIN, account_id=account_id, name="Grace")


@pytest.mark.parametrize("text", ["tamati", "wiremu  Tāmati", "P7", "p7"])
def test_people_are_found_by_name_or_number(hub: Hub, text: str) -> None:
    found = target_people.search_target(admin(hub), hub.connection_id, text)
    assert [(row.target_id, row.name, row.owner_id) for row in found.rows] == [("P7", "Tāmati Wiremu", None)]
    assert not found.is_cut


def test_who_is_linked_already_is_said_and_refused(hub: Hub) -> None:
    (row,) = target_people.search_target(admin(hub), hub.connection_id, "Given2").rows
    assert (row.target_id, row.owner_id, row.owner) == ("1002", "s2", "Given2 Surname2")
    with pytest.raises(ConflictError, match="linked to another employee"):
        match_decisions.link_to(admin(hub), hub.connection_id, "s1", "1002")
    with pytest.raises(ConflictError, match="Unlink them first"):
        match_decisions.link_to(admin(hub), hub.connection_id, "s2", "P7")


def test_the_next_run_writes_to_the_one_who_was_chosen(hub: Hub) -> None:
    match_decisions.link_to(admin(hub), hub.connection_id, "s1", "P7")
    hub.source.edit("s1", start_date=person(1).start_date)
    assert hub.run().counters.updated == 1 and hub.target.records["P7"]["surname"] == "Surname1"
    story = read_person(admin(hub), hub.connection_id, "s1").story
    with reading() as session:
        (audited,) = session.scalars(select(Audit.detail).where(Audit.action == "link.make"))
    assert (audited["source"], audited["target"]) == ("s1", "P7")
    assert any("linked them with P7" in event.headline for event in story.events)


def test_who_is_not_there_cannot_be_chosen(hub: Hub) -> None:
    for target_id in ("P9", "", "x" * 300):
        with pytest.raises(NotFoundError, match="no such employee"):
            match_decisions.link_to(admin(hub), hub.connection_id, "s1", target_id)
    with pytest.raises(InvalidError, match="No run"):
        match_decisions.link_to(admin(hub), hub.connection_id, "s9", "P7")
    for text in ("", "   ", "x" * 10_000):
        with pytest.raises(InvalidError):
            target_people.search_target(admin(hub), hub.connection_id, text)
    assert target_people.search_target(admin(hub), hub.connection_id, "%").rows == ()


def test_a_target_that_fails_or_is_slow_says_so(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.target.steps.fault = raises(
        "list", hub.target.steps.done["list"] + 1, TemporaryError("Payroll is down.")
    )
    with pytest.raises(ConflictError, match="Payroll is down"):
        target_people.search_target(admin(hub), hub.connection_id, "tamati")
    monkeypatch.setattr(target_people, "MOST_SECONDS", 0.01)
    listed = hub.target.list

    async def slow() -> object:
        await asyncio.sleep(5)
        async for page in listed():
            yield page

    monkeypatch.setattr(hub.target, "list", slow)
    found = target_people.search_target(admin(hub), hub.connection_id, "tamati")
    assert (found.rows, found.is_cut) == ((), True)


def test_only_an_account_admin_searches_and_links(hub: Hub) -> None:
    for role in (ActingRole.ANALYST, ActingRole.SUPPORT):
        somebody = replace(admin(hub), role=role)
        with pytest.raises(ForbiddenError):
            target_people.search_target(somebody, hub.connection_id, "tamati")
        with pytest.raises(ForbiddenError):
            match_decisions.link_to(somebody, hub.connection_id, "s1", "P7")
    with pytest.raises(NotFoundError):
        target_people.search_target(replace(admin(hub), account_id=99), hub.connection_id, "tamati")
