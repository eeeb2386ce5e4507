"""Names from forms, commands and other systems: control characters and any length, on both engines."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core.accounts import access_requests
from core.cli import output
from core.cli.app import app
from core.connections import connections
from core.db import reading, transaction
from core.errors import ConflictError
from core.models import Account, Audit, Connection, Side, User
from core.security.actor import ActingRole, Actor
from core.settings import ROOT
from core.sign_in import sessions
from harness import world
from tests.core.stand_ins import People

HOSTILE = ["a\x00b", "\x1b[31mred", "x\r\ny", "\ud800half", "\x9bcsi", "long" * 500, "\u2028" + "ä" * 999]


@pytest.mark.both_engines
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_one_line_of_the_length_of_its_column(team: People, name: str) -> None:
    connection_id = connections.create(team.admin, name[:200], "enablehr", "ipayroll")
    with transaction() as session:
        side = session.scalars(select(Side).where(Side.connection_id == connection_id)).first()
        assert side is not None
        side.organisation_name, side.state_reason = name, name
        session.get_one(Account, team.admin.account_id).name = name
        session.get_one(User, team.admin.user_id).name = name
    with reading() as session:
        side = session.scalars(select(Side).where(Side.connection_id == connection_id)).first()
        assert side is not None
        kept = [
            session.get_one(Connection, connection_id).name,
            side.organisation_name,
            session.get_one(Account, team.admin.account_id).name,
            session.get_one(User, team.admin.user_id).name,
        ]
    for text in kept:
        assert text is not None and 0 < len(text) <= 200
        assert all(character == " " or character.isprintable() for character in text), text


def test_a_terminal_obeys_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    hidden = ["\u061cmark", "zero\u200bwidth", "tag\U000e0041", "\u2028line", "\ufeffmark"]
    for name in [*HOSTILE[:5], "\x1b]0;title\x07", "\u202egnp.exe", *hidden]:
        output.print_csv(f'1,"{name}"\r\n')
        output.print_text(f"{name} is connected.")
        output.print_warning(name)
        output.print_table(["Name"], [[name]])
        output.print_json({"name": name})
        shown = capsys.readouterr()
        for character in (shown.out + shown.err).replace("\r\n", "\n"):
            assert character in "\n\t " or character.isprintable(), repr(character)


def test_no_command_prints_past_the_function_that_cleans() -> None:
    direct = re.compile(r"typer\.(echo|secho)\(|\bprint\(|sys\.std(out|err)\.write")
    commands = [path for path in (ROOT / "core/cli").glob("*.py") if path.name != "output.py"]
    assert len(commands) > 10
    assert [path.name for path in commands if direct.search(path.read_text())] == []


def test_a_refusal_of_a_command_is_cleaned(capfd: pytest.CaptureFixture[str], store: str) -> None:
    with pytest.raises(SystemExit):
        app(["--as", "\x1b]0;title\x07\u202e", "connection", "list"])
    shown = capfd.readouterr().err
    assert "title" in shown and all(each in "\n " or each.isprintable() for each in shown), shown
    with pytest.raises(SystemExit) as refused:
        app(["account", "create", "half \udcff"])
    assert refused.value.code == 2 and "not UTF-8" in capfd.readouterr().err


@pytest.mark.both_engines
def test_a_guest_cannot_fill_the_audit(team: People) -> None:
    guest = Actor("Gus", ActingRole.GUEST, world.person(None, None, username="gus"))
    for _ in range(50):
        access_requests.submit(guest, "Harbour Foods, please")
    refused = 0
    for number in range(50):
        try:
            access_requests.submit(guest, f"Harbour Foods, please ({number})")
        except ConflictError:
            refused += 1
    assert refused == 41
    with reading() as session:
        rows = session.scalar(select(func.count()).where(Audit.action == "access.ask"))
    assert rows == access_requests.ASKED_A_DAY


def test_choosing_the_account_that_is_chosen_is_no_row(team: People) -> None:
    with transaction() as session:
        user = session.get_one(User, team.admin.user_id)
        token = sessions.open_session(session, user, None)
    assert team.admin.account_id is not None
    for _ in range(5):
        sessions.choose_account(token, team.admin.account_id)
    with reading() as session:
        assert session.scalar(select(func.count()).where(Audit.action == "account.choose")) == 0
