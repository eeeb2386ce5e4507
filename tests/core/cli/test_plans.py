"""Plans on the command line: listed, shown with masked values, approved in all or in part, rejected."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import reading
from core.jobs import limits
from core.models import Account, Audit, Role
from core.operations import demo
from core.security.actor import OPERATOR
from core.settings import settings
from harness import world
from harness.sandbox import Sandbox
from tests.core.cli.conftest import Answer, Command

pytestmark = pytest.mark.sandbox(employees=20)


@pytest.fixture
def connection(sqlite_store: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, command: Command) -> int:
    """Seed the demo and run it once."""
    monkeypatch.setenv("IHUB_DEMO", "1")
    settings.cache_clear()
    number = demo.seed(sandbox.url).connection_id
    assert number is not None
    assert command("run", number, "--inline").code in {0, 1}
    return number


@pytest.fixture
def people(connection: int, sandbox: Sandbox) -> list[str]:
    """Change two people, so that a run without room for it is held."""
    found = [person["id"] for person in sandbox.control.people("clean")[:2]]
    for source_id in found:
        sandbox.control.edit(source_id, surname=f"New{source_id[:3]}")
    return found


def held(command: Command, connection: int) -> int:
    limits.change_limits(OPERATOR, connection, {"blanked": {"count": 0}, "least_share": 1.0, "usual_from": 1})
    return int(command("run", connection, "--preview", "--inline", "--json").object["id"])


def admin(sandbox: Sandbox, role: Role = Role.ACCOUNT_ADMIN) -> str:
    with reading() as session:
        account_id = session.scalars(select(Account.id)).first()
    world.person(account_id, role, username=f"pat-{role.value}")
    return f"pat-{role.value}"


def surnames(sandbox: Sandbox) -> int:
    return sum(str(entry["surname"]).startswith("New") for entry in sandbox.control.payroll())


def test_a_held_run_is_listed_shown_and_approved(
    connection: int, people: list[str], sandbox: Sandbox, command: Command
) -> None:
    [*_, another] = sandbox.control.people("clean")
    number_of_another = another["bankAccounts"][0]["number"]
    sandbox.control.edit(people[0], bankAccounts=another["bankAccounts"])
    limits.change_limits(OPERATOR, connection, {"people_for_bank": 1})
    run = command("run", connection, "--inline", "--json")
    assert run.code == 3
    number = run.object["id"]
    [plan] = command("plan", "list", "--json").object["plans"]
    assert (plan["run_id"], plan["kind"], plan["writes"]) == (number, "SYNC", 2)
    assert "requires extra approval" in command("plan", "list").out
    shown = command("plan", "show", number)
    assert (
        "Surname" in shown.out and "New" in shown.out and "Bank account" in shown.out and "•••" in shown.out
    )
    records = command("plan", "show", number, "--json")
    assert {one["source_id"] for one in records.object["records"]} == set(people)
    printed = (shown.out + records.out).replace("-", "")
    assert number_of_another.replace("-", "") not in printed
    approving = ("plan", "approve", number, "--all")
    assert wrong(command(*approving), "A person has to approve changed bank accounts.")
    person = admin(sandbox)
    assert wrong(command("--as", person, *approving), "Add --yes to approve.")
    refused = command("plan", "approve", number, "--all", "--yes")
    assert refused.code == 2 and "person has to approve" in refused.err
    done = command("--as", person, "plan", "approve", number, "--all", "--yes", "--inline", "--json")
    assert (done.code, done.object["counters"]["updated"]) == (0, 2)
    assert surnames(sandbox) == 2
    assert command("plan", "list", "--json").object == {"plans": []}


def test_some_are_approved_and_the_rest_is_dropped(
    connection: int, people: list[str], sandbox: Sandbox, command: Command
) -> None:
    number = held(command, connection)
    assert wrong(command("plan", "approve", number), "Choose what to approve")
    assert wrong(command("plan", "approve", number, "--all", "--row", "1"), "Choose what to approve")
    assert wrong(command("plan", "approve", number, "--person", "nobody"), "The plan would not write nobody.")
    some = ("plan", "approve", number, "--person", people[1])
    assert wrong(
        command(*some), "1 employee will be written. 1 employee will not, and comes again in the next run."
    )
    done = command(*some, "--yes", "--inline", "--json")
    assert (done.code, done.object["counters"]["read"], done.object["counters"]["updated"]) == (0, 1, 1)
    assert surnames(sandbox) == 1
    assert wrong(command("plan", "approve", number, "--all"), "already been approved")


def test_a_preview_is_applied_exactly_and_who_changed_since_is_left_out(
    connection: int, people: list[str], sandbox: Sandbox, command: Command
) -> None:
    number = held(command, connection)
    sandbox.control.edit(people[0], surname="Newer")
    done = command("plan", "approve", number, "--all", "--yes", "--inline", "--json")
    assert (done.object["counters"]["updated"], done.object["counters"]["held"]) == (1, 1)
    assert "1 was left out because the data changed since the plan was made." in done.object["message"]


def test_none_is_approved_by_refusing(
    connection: int, people: list[str], sandbox: Sandbox, command: Command
) -> None:
    number = held(command, connection)
    assert command("plan", "reject", number).code == 0
    assert wrong(command("plan", "approve", number, "--all"), "already been rejected")
    assert surnames(sandbox) == 0
    assert "REFUSED" in command("plan", "show", number).out


def test_an_analyst_may_look_and_not_decide(
    connection: int, people: list[str], sandbox: Sandbox, command: Command
) -> None:
    number = held(command, connection)
    analyst = admin(sandbox, Role.ANALYST)
    assert command("--as", analyst, "plan", "show", number).code == 0
    assert wrong(
        command("--as", analyst, "plan", "approve", number, "--all"), "Your role does not allow you to"
    )
    assert wrong(command("--as", analyst, "plan", "reject", number), "Your role does not allow you to")
    mine = admin(sandbox)
    assert command("--as", mine, "plan", "reject", number).code == 0
    with reading() as session:
        row = session.scalars(select(Audit).where(Audit.action == "plan.refuse")).one()
    assert (row.address, row.subject) == ("command line", f"run:{number}")


def test_a_run_without_a_plan_and_a_run_that_is_not_there(connection: int, command: Command) -> None:
    assert wrong(command("plan", "show", 1), "Run 1 left no plan.")
    assert wrong(command("plan", "show", 99), "There is no run 99.")


def wrong(answer: Answer, said: str) -> bool:
    """Say whether a command was refused with a sentence."""
    return answer.code == 2 and answer.out == "" and said in answer.err
