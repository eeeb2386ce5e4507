"""With ``--as`` the command line acts with a person's rights, in their accounts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import reading, transaction
from core.models import Audit, Run, User
from harness import world
from tests.core.cli.conftest import Command
from tests.core.reports import reported_runs
from tests.web.conftest import People, people

__all__ = ["people"]


@pytest.fixture
def connection(people: People) -> int:
    return world.active_connection(people.account)


def test_a_person_acts_with_their_own_rights(command: Command, people: People, connection: int) -> None:
    run = reported_runs.whole_run(connection)
    assert command("--as", "analyst", "report", run).code == 0
    for words in (
        ("run", connection),
        ("schedule", "cancel", connection),
        ("connection", "delete", connection, "--yes"),
    ):
        refused = command("--as", "analyst", *words)
        assert (refused.code, refused.out) == (2, "") and "Your role does not allow you to" in refused.err
    started = command("--as", "Admin", "run", connection, "--json")
    assert started.code == 0
    with reading() as session:
        assert session.get_one(Run, started.object["id"]).requested_by == people.admin
        row = session.scalars(select(Audit).where(Audit.action == "run.start")).one()
    assert (row.user_id, row.address) == (people.admin, "command line")


def test_anothers_things_answer_as_if_they_did_not_exist(
    command: Command, people: People, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", '{"access_token": "canary"}')
    run = reported_runs.whole_run(connection)
    attempts: tuple[tuple[object, ...], ...] = (
        ("run", "{}"),
        ("report", "{}"),
        ("report", "{}", "--by-hand"),
        ("runs", "{}"),
        ("readiness", "{}"),
        ("connection", "delete", "{}", "--yes"),
        ("connection", "list", "--account", "{}"),
        ("connection", "connect", "{}", "source", "--credentials-env", "CANARY"),
        ("connection", "create", "--account", "{}", "--source", "enablehr", "--target", "ipayroll"),
        ("schedule", "create", "{}", "--every", "day", "--at", "07:30"),
        ("schedule", "cancel", "{}"),
        ("schedule", "list", "--account", "{}"),
    )
    ids = {"report": run, "--account": people.account}
    for words in attempts:
        theirs = next((number for word, number in ids.items() if word in words), connection)
        answers = [
            command("--as", "stranger", *(str(word).format(number) for word in words))
            for number in (theirs, 10**6)
        ]
        assert answers[0].code == answers[1].code == 2
        assert answers[0].err.replace(str(theirs), "N") == answers[1].err.replace(str(10**6), "N")


def test_lists_hold_a_persons_own_accounts(command: Command, people: People, connection: int) -> None:
    other = world.active_connection(people.other_account)

    def listed(username: str) -> list[int]:
        found = command("--as", username, "connection", "list", "--json").object["connections"]
        return [view["id"] for view in found]

    assert (listed("admin"), listed("stranger"), listed("support")) == (
        [connection],
        [other],
        [connection, other],
    )
    assert command("--as", "support", "schedule", "list", "--json").object == {"schedules": []}
    with reading() as session:
        looks = session.scalars(
            select(Audit.account_id).where(Audit.action == "account.look").order_by(Audit.id)
        ).all()
    assert looks == [people.account, people.other_account]


def test_nobody_becomes_the_operator_or_somebody_who_is_off(
    command: Command, people: People, connection: int
) -> None:
    refused = command("--as", "admin", "account", "list")
    assert refused.code == 2 and "Only the operator" in refused.err
    assert command("account", "list").code == 0, "the next command is the operator's again"
    with transaction() as session:
        session.get_one(User, people.admin).active = False
    for username in ("admin", "nobody"):
        answer = command("--as", username, "run", connection)
        assert answer.code == 2 and answer.err == f"There is no user {username} with access to iHUB.\n"
