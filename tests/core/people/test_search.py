"""People are found by name however it is typed, by number and by id, in the searcher's account only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.db import reading, transaction
from core.errors import ForbiddenError, InvalidError, NotFoundError
from core.jobs import tasks
from core.models import Connection, ConnectionStatus, KeptEmployeeBatch, KnownPerson, Link, Run
from core.people import name_index, search
from core.people.search import find_people
from core.security.actor import ActingRole, Actor
from core.sync import engine
from harness.world import account, active_connection
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person


def actor_of(connection_id: int, role: ActingRole = ActingRole.ANALYST) -> Actor:
    with reading() as session:
        return Actor("ana", role, account_id=session.get_one(Connection, connection_id).account_id)


@pytest.fixture
def company(hub: Hub) -> Hub:
    """Run once with people whose names are typed in many ways, two of them of one name."""
    for number, (first, last) in enumerate(
        (
            ("Wiremu", "Tāmati"),
            ("Sean", "O\u2019Brien"),
            ("Zoë", "Müller-Strauß"),
            ("John", "Smith"),
            ("John", "Smith"),
            ("Đặng", "Nguyễn"),
        )
    ):
        hub.source.put(
            f"s{number}",
            person(number, first_name=first, surname=last, employee_number=f"E{number}", branch=f"B{number}"),
        )
    hub.run()
    return hub


def ids(hub: Hub, text: str) -> list[str]:
    return [found.source_id for found in find_people(actor_of(hub.connection_id), text).rows]


FOUND = (
    *[("s0", text) for text in ("tamati", "Tāmati", "TAMATI", "tāma", "Ta\u0304mati", "tamati wiremu")],
    *[("s0", text) for text in ("  wiremu   tamati ", "wire tam", "Tamati, Wiremu")],
    *[("s1", text) for text in ("o'brien", "O\u2019Brien", "obrien", "sean o'b", "O`Brien")],
    *[("s2", text) for text in ("muller", "mueller", "strauss zoe", "müller strauß")],
    *[("s5", text) for text in ("dang", "nguyen dang", "Nguyễn")],
    *[("s3", text) for text in ("s3", "S3", "john s3", "E3", "e3")],
)
NOBODY = ("%", "_", "%%", "mul_er", "s%", "zzz", "*", "'; drop table person; --", "\\")


def test_somebody_is_found_however_it_is_typed(company: Hub) -> None:
    found = {text: ids(company, text) for _, text in FOUND}
    assert found == {text: [source_id] for source_id, text in FOUND}
    with reading() as session:
        target_id = session.scalar(select(Link.target_id).where(Link.source_id == "s2"))
    assert ids(company, str(target_id)) == ["s2"]


def test_what_nobody_is_called_finds_nobody(company: Hub) -> None:
    for text in NOBODY:
        found = find_people(actor_of(company.connection_id), text)
        assert (found.total, list(found.rows)) == (0, []), text


def test_two_people_of_one_name_are_found_and_told_apart(company: Hub) -> None:
    first, second = find_people(actor_of(company.connection_id), "john smith").rows
    assert (first.source_id, second.source_id) == ("s3", "s4")
    assert first.name == second.name
    for differs in ("target_id", "branch", "employee_number"):
        assert getattr(first, differs) != getattr(second, differs) is not None, differs


def test_what_cannot_be_searched_is_a_sentence(company: Hub) -> None:
    for text, sentence in (("", "Type a name"), (" \0 ", "Type a name"), ("x" * 10_000, "this long")):
        with pytest.raises(InvalidError, match=sentence):
            find_people(actor_of(company.connection_id), text)


def test_nobody_else_finds_them(company: Hub) -> None:
    stranger = Actor("eve", ActingRole.ACCOUNT_ADMIN, account_id=account("Other"))
    assert find_people(stranger, "tamati").total == 0
    with pytest.raises(NotFoundError):
        find_people(stranger, "tamati", company.connection_id)
    with pytest.raises(ForbiddenError):
        find_people(actor_of(company.connection_id, ActingRole.GUEST), "tamati")
    nowhere = replace(stranger, account_id=None)
    with pytest.raises(NotFoundError):
        find_people(nowhere, "tamati")


def test_they_are_found_in_one_connection_or_all_and_after_it_was_deleted(company: Hub) -> None:
    actor = actor_of(company.connection_id)
    other = Hub(active_connection(actor.account_id, target="keypay"))
    other.source.put("t1", person(9, first_name="Hemi", surname="Tamati"))
    other.run()
    assert {each.source_id for each in find_people(actor, "tamati").rows} == {"s0", "t1"}
    assert [each.source_id for each in find_people(actor, "tamati", other.connection_id).rows] == ["t1"]
    with transaction() as session:
        values = {"status": ConnectionStatus.DELETED, "deleted_at": now()}
        session.execute(update(Connection).where(Connection.id == other.connection_id).values(values))
    (found,) = find_people(actor, "tamati", other.connection_id).rows
    assert found.connection == "enablehr → keypay (deleted)"


def test_a_new_name_replaces_the_old_one(company: Hub) -> None:
    assert ids(company, "tamati") == ["s0"]
    company.source.edit("s0", surname="Parata")
    company.run()
    assert ids(company, "tamati") == [] and ids(company, "wiremu parata") == ["s0"]


def test_the_latest_of_two_runs_counts_in_whatever_order_they_are_added(company: Hub) -> None:
    company.source.edit("s3", first_name="Jonathan")
    company.run()
    with reading() as session:
        older, newer = session.scalars(name_index.UNINDEXED.with_only_columns(KeptEmployeeBatch.id)).all()
    assert older < newer and ids(company, "jonathan smith") == ["s3"]
    name_index._add_batch(older)
    assert ids(company, "jonathan smith") == ["s3"]


def test_somebody_who_is_no_longer_listed_is_still_found(company: Hub) -> None:
    with transaction() as session:  # as after an upgrade: nobody can be searched yet
        session.execute(update(KeptEmployeeBatch).values(indexed=False))
    del company.source.people["s0"]
    company.run()
    assert ids(company, "tamati") == ["s0"]
    (found,) = find_people(actor_of(company.connection_id), "tamati").rows
    assert found.branch is None and found.target_id is not None


def test_the_worker_adds_people_after_the_run(company: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = company.request()
    company.source.put("s9", person(9, first_name="Moana", surname="Rangi"))
    with reading() as session:
        pairing_id = session.get_one(Connection, company.connection_id).pairing_id or 0
    execute = engine.execute
    monkeypatch.setattr(
        engine, "execute", lambda each, **_named: execute(each, lambda _: company.systems(pairing_id))
    )
    tasks.sync_run(run_id)
    with reading() as session:
        assert session.scalar(select(KnownPerson.name).where(KnownPerson.source_id == "s9")) == "Moana Rangi"
        assert session.get_one(Run, run_id).status.ended


def test_employee_numbers_are_not_readable_in_it(company: Hub) -> None:
    ids(company, "tamati")
    with reading() as session:
        known = session.scalars(select(KnownPerson)).all()
    assert len(known) == 6
    for row in known:
        assert row.number_digest == name_index.number_digest(f"E{row.source_id[1:]}")
        assert f"E{row.source_id[1:]}" not in f"{row.name} {row.folded}"


def test_many_are_found_and_the_first_are_shown(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fill(7)
    hub.run()
    monkeypatch.setattr(search, "MOST_FOUND", 3)
    found = find_people(actor_of(hub.connection_id), "given")
    assert (found.total, len(found.rows), found.or_more) == (7, 3, False)
    monkeypatch.setattr(search, "MOST_READ", 5)
    assert find_people(actor_of(hub.connection_id), "given").or_more
