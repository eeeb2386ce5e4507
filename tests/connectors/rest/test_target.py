"""Abilities of a described target that the catalogue does not use: three accounts, PATCH, ids from headers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.employee import BankAccount, Employee
from connectors.contract.errors import AuthError, TemporaryError, UnansweredError
from connectors.contract.records import Reason, Verdict
from connectors.rest import loader
from connectors.rest.client.target import RestTarget
from tests.connectors.described import QUICK
from tests.connectors.people import AUSTRALIAN
from tests.connectors.stand_ins import Held, reply, scripted

DESCRIPTION = """\
kind: desk
name: Desk
summary: A payroll that is patched.
url: https://desk.example.com
requests_per_second: 1000
authorisation: {kind: bearer}
check: {path: /me, records: data, id: number}
errors:
  messages: [error.text, errors]
  each: detail
employees:
  id: key
  list: {path: /staff, records: data}
  get: {path: "/staff/{id}", record: data}
  create: {path: /staff, query: {notify: "no"}, id_from_location: true}
  update: {path: "/staff/{id}", method: PATCH, sends: ours, body: array}
target:
  clear_with: ""
  collections:
    - of: bank_accounts
      field: bank.0.number
      most: 3
      rest: clear
      more:
        code: TOO_MANY_BANK_ACCOUNTS
        stops: filter
        message: Desk takes three bank accounts. Leave three in the HR system.
  fields:
    - {name: name.first, label: First name, from: first_name, identity: given names}
    - {name: name.last, label: Surname, from: surname, required: true, identity: surname}
    - {name: nick, label: Nickname, from: preferred_name, blank: clear}
    - {name: fixed, label: Kind, value: staff}
    - {name: bank1, label: Account 1, format: account number, from: bank_accounts.0.number, sensitive: true}
    - {name: bank2, label: Account 2, format: account number, from: bank_accounts.1.number, sensitive: true}
    - {name: bank3, label: Account 3, format: account number, from: bank_accounts.2.number, sensitive: true}
    - {name: amount2, label: Amount 2, type: number, format: cents, from: bank_accounts.1.amount_cents}
""".replace("field: bank.0.number", "field: bank1")
BANK = [BankAccount("M", str(number) * 6, bsb="064-000", amount_cents=12550) for number in range(1, 5)]


def opened(folder: Path, url: str = "https://desk.example.com", text: str = DESCRIPTION) -> RestTarget:
    file = folder / "desk.yaml"
    file.write_text(text)
    system = loader.load_system(file)
    return RestTarget(system, system.form.model_validate({"url": url}), Held(), retry=QUICK)


def with_accounts(count: int) -> Employee:
    return replace(AUSTRALIAN, bank_accounts=tuple(BANK[:count]))


def banks(folder: Path, count: int) -> dict[str, Any]:
    values = opened(folder).prepare("1", with_accounts(count)).values
    return {name: values[name] for name in ("bank1", "bank2", "bank3") if name in values}


def test_further_accounts_are_cleared_but_nothing_changes_without_any(tmp_path: Path) -> None:
    assert banks(tmp_path, 3) == {"bank1": "111111", "bank2": "222222", "bank3": "333333"}
    assert banks(tmp_path, 1) == {"bank1": "111111", "bank2": None, "bank3": None}
    assert banks(tmp_path, 0) == {}


@pytest.mark.parametrize(
    "number", ["•••• 678", "***5678", "12345678901"], ids=["masked", "stars", "too long"]
)
def test_an_unreadable_account_does_not_clear_the_one_at_the_target(tmp_path: Path, number: str) -> None:
    employee = replace(AUSTRALIAN, bank_accounts=(BankAccount("M", number, bsb="064-000"),))
    values = opened(tmp_path).prepare("1", employee).values
    assert {name: values[name] for name in values if name.startswith("bank")} == {
        "bank2": None,
        "bank3": None,
    }


def test_too_many_accounts_stop_the_record_with_the_message_of_the_file(tmp_path: Path) -> None:
    [problem] = opened(tmp_path).prepare("1", with_accounts(4)).problems
    assert (problem.reason, problem.field, problem.verdict) == (
        Reason.TOO_MANY_BANK_ACCOUNTS,
        "Account 1",
        Verdict.FILTER,
    )


def test_cents_become_dollars(tmp_path: Path) -> None:
    assert str(opened(tmp_path).prepare("1", with_accounts(2)).values["amount2"]) == "125.5"


async def test_the_id_of_a_new_employee_can_be_in_a_header(tmp_path: Path) -> None:
    made = reply(201, Location="/staff/a%2F7?x=1")
    async with scripted(made) as system, opened(tmp_path, system.url) as target:
        outcome = await target.create(target.prepare("1", replace(AUSTRALIAN, preferred_name=None)))
    assert outcome.target_id == "a/7"
    assert system.asked[0].path == "/staff?notify=no"
    assert system.asked[0].json["name"] == {"first": "Matilda", "last": "O’Brien"}
    assert system.asked[0].json["fixed"] == "staff"
    assert "nick" not in system.asked[0].json


async def test_an_update_can_be_a_patch_and_clear_with_an_empty_text(tmp_path: Path) -> None:
    async with scripted(reply(204)) as system, opened(tmp_path, system.url) as target:
        outcome = await target.update(
            "a/7", target.prepare("1", replace(AUSTRALIAN, preferred_name=None)), None
        )
    assert (outcome.problem, outcome.target_id) == (None, "a/7")
    [asked] = system.asked
    assert (asked.method, asked.path) == ("PATCH", "/staff/a%2F7")
    [sent] = asked.json
    assert sent["nick"] == ""


async def test_an_update_keeps_the_id_when_the_response_has_another(tmp_path: Path) -> None:
    async with scripted(reply(200, {"key": "9913"})) as system, opened(tmp_path, system.url) as target:
        outcome = await target.update("7", target.prepare("1", AUSTRALIAN), None)
    assert (outcome.problem, outcome.target_id) == (None, "7")


async def test_a_date_of_the_target_is_sent_back_as_iso(tmp_path: Path) -> None:
    whole = DESCRIPTION.replace("sends: ours", "sends: everything, iso_dates: [left]")
    held = {"data": {"key": "7", "left": "1-Feb-2026", "motto": "1-Feb-2026"}}
    async with (
        scripted(reply(200, held), reply(204)) as system,
        opened(tmp_path, system.url, whole) as target,
    ):
        assert (await target.update("7", target.prepare("1", AUSTRALIAN), None)).problem is None
    [sent] = system.asked[1].json
    assert (sent["left"], sent["motto"]) == ("2026-02-01", "1-Feb-2026")


async def test_an_unanswered_update_is_repeated_and_a_create_is_not(tmp_path: Path) -> None:
    async with scripted(reply(502), reply(204)) as system, opened(tmp_path, system.url) as target:
        assert (await target.update("7", target.prepare("1", AUSTRALIAN), None)).problem is None
    async with scripted(reply(502)) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(UnansweredError):
            await target.create(target.prepare("1", AUSTRALIAN))
    assert len(system.asked) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"text": "Closed  today"}}, "Closed today."),
        ({"errors": [{"detail": "Bad name"}, {"detail": "No bank 111111"}]}, "Bad name. No bank •••."),
        ({"errors": ["Bad name", {"other": 1}]}, "Bad name."),
        ([{"errors": [{"detail": "In an array"}]}], "In an array."),
        (["Only texts"], "Only texts."),
        ({"odd": 1}, "No reason was given (status 422)."),
        (None, "No reason was given (status 422)."),
    ],
)
async def test_the_reason_of_a_refusal_is_found_wherever_the_file_says(
    tmp_path: Path, body: object, reason: str
) -> None:
    async with scripted(reply(422, body)) as system, opened(tmp_path, system.url) as target:
        outcome = await target.create(target.prepare("1", with_accounts(1)))
    assert outcome.problem is not None
    assert outcome.problem.message == f"Desk refused this employee: {reason}"


async def test_a_refusal_in_plain_text_concerns_one_employee(tmp_path: Path) -> None:
    plain = [reply(400, raw=b"Jane has no phone"), reply(422, raw=b"<h1>No</h1>")]
    async with scripted(*plain) as system, opened(tmp_path, system.url) as target:
        created = await target.create(target.prepare("1", AUSTRALIAN))
        updated = await target.update("7", target.prepare("1", AUSTRALIAN), None)
    messages = [outcome.problem and outcome.problem.message for outcome in (created, updated)]
    assert messages == [
        f"Desk refused this employee: No reason was given (status {status})." for status in (400, 422)
    ]


async def test_a_404_page_does_not_mean_that_an_employee_is_gone(tmp_path: Path) -> None:
    page = reply(404, raw=b"default backend - 404")
    async with scripted(*[page] * QUICK.tries) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(TemporaryError, match="something other than JSON"):
            await target.find("7")


async def test_a_number_that_only_the_target_has_is_not_repeated(tmp_path: Path) -> None:
    whole = DESCRIPTION.replace("sends: ours", "sends: everything")
    held = {"data": {"key": "7", "bank3": 12345}}
    answer = reply(422, {"error": {"text": "Account 12345 is closed"}})
    async with scripted(reply(200, held), answer) as system, opened(tmp_path, system.url, whole) as target:
        outcome = await target.update("7", target.prepare("1", with_accounts(0)), None)
    assert outcome.problem is not None
    assert outcome.problem.message == "Desk refused this employee: Account ••• is closed."


async def test_an_employee_with_a_broken_value_is_not_sent_back_whole(tmp_path: Path) -> None:
    whole = DESCRIPTION.replace("sends: ours", "sends: everything")
    held = reply(200, raw=rb'{"data": {"key": "7", "note": "Jo \ud83d"}}')
    async with scripted(held) as system, opened(tmp_path, system.url, whole) as target:
        outcome = await target.update("7", target.prepare("1", AUSTRALIAN), None)
    assert outcome.problem is not None and outcome.problem.reason is Reason.NOT_SHOWN
    assert "cannot read in `note`, so nothing was changed. Correct it there." in outcome.problem.message
    assert [asked.method for asked in system.asked] == ["GET"]


async def test_numbers_of_any_length_are_sent_back_whole(tmp_path: Path) -> None:
    whole = DESCRIPTION.replace("sends: ours", "sends: everything")
    held = reply(
        200, raw=b'{"data": {"key": "7", "big": 123456789012345678901234, "exact": 0.12345678901234567891}}'
    )
    async with scripted(held, reply(200)) as system, opened(tmp_path, system.url, whole) as target:
        await target.update("7", target.prepare("1", AUSTRALIAN), None)
    body = system.asked[1].body
    assert b'"big":123456789012345678901234' in body and b'"exact":0.12345678901234567891' in body


async def test_a_missing_permission_is_an_auth_error(tmp_path: Path) -> None:
    async with scripted(reply(403)) as system, opened(tmp_path, system.url) as target:
        with pytest.raises(AuthError, match="Give the API user that permission"):
            await target.create(target.prepare("1", AUSTRALIAN))


async def test_an_organisation_without_a_name_gets_the_name_of_the_system(tmp_path: Path) -> None:
    answers = [reply(200, {"data": [{"number": 9}]}), reply(200, {"data": []})]
    async with scripted(*answers) as system, opened(tmp_path, system.url) as target:
        assert (await target.check()).name == "Desk 9"
        assert (await target.check()).id is None


async def test_nested_values_are_read_as_they_are_written(tmp_path: Path) -> None:
    shown = {
        "data": {"key": 7, "name": {"first": "Matilda", "last": "O’Brien"}, "nick": None, "bank1": "••••11"}
    }
    async with scripted(reply(200, shown)) as system, opened(tmp_path, system.url) as target:
        record = await target.find("7")
    assert record is not None
    assert (record.target_id, record.name) == ("7", "Matilda O’Brien")
    assert record.values == {"name.first": "Matilda", "name.last": "O’Brien", "nick": None}


async def test_a_name_with_a_dot_in_it_is_sent_back_unchanged(tmp_path: Path) -> None:
    text = DESCRIPTION.replace("sends: ours", "sends: everything").replace("bank1", "bank.first")
    held = {"data": {"key": 7, "bank.first": "••••11", "name.first": "Tilda"}}
    async with scripted(reply(200, held), reply(204)) as system, opened(tmp_path, system.url, text) as target:
        await target.update("7", target.prepare("1", replace(AUSTRALIAN, bank_accounts=())), None)
    [sent] = system.asked[1].json
    assert sent["name.first"] == "Matilda"
    assert {"bank", "bank.first"}.isdisjoint(sent)


async def test_an_employee_with_another_id_is_not_used(tmp_path: Path) -> None:
    held = {"data": [{"key": "1", "motto": "one"}, {"key": "2", "motto": "two"}]}
    whole = DESCRIPTION.replace("sends: ours", "sends: everything")
    async with (
        scripted(reply(200, held), reply(204)) as system,
        opened(tmp_path, system.url, whole) as target,
    ):
        assert (await target.update("2", target.prepare("1", AUSTRALIAN), None)).problem is None
        [sent] = system.asked[1].json
        assert (sent["key"], sent["motto"]) == ("2", "two")
    async with scripted(reply(200, held)) as system, opened(tmp_path, system.url, whole) as target:
        with pytest.raises(TemporaryError, match="did not show an employee"):
            await target.update("3", target.prepare("1", AUSTRALIAN), None)
        with pytest.raises(TemporaryError, match="did not show an employee"):
            await target.find("3")
    assert {asked.method for asked in system.asked} == {"GET"}


async def test_a_nested_masked_number_is_not_sent_back(tmp_path: Path) -> None:
    text = DESCRIPTION.replace("sends: ours", "sends: everything").replace("bank1", "bank.first")
    held = {"data": {"key": 7, "bank": {"first": "••••11", "branch": "x"}, "name": {"middle": "Rose"}}}
    async with scripted(reply(200, held), reply(204)) as system, opened(tmp_path, system.url, text) as target:
        await target.update("7", target.prepare("1", replace(AUSTRALIAN, bank_accounts=())), None)
    [sent] = system.asked[1].json
    assert sent["bank"] == {"branch": "x"}
    assert sent["name"] == {"middle": "Rose", "first": "Matilda", "last": "O’Brien"}


TOGETHER = DESCRIPTION.replace("rest: clear", "rest: keep").replace(
    "  fields:\n",
    "  together:\n    - {fields: [bank1, bank2], also: [nick], otherwise: {code: HALF, message: Half is there.}}\n"
    "  fields:\n",
)


@pytest.mark.parametrize(
    ("count", "nickname", "sent", "warnings"),
    [
        (2, "Mo", {"bank1": "111111", "bank2": "222222", "nick": "Mo"}, []),
        (1, "Mo", {}, ["HALF"]),
        (0, "Mo", {}, []),
        (0, None, {"nick": None}, []),
    ],
    ids=["whole", "half", "nothing", "nothing and a blank"],
)
def test_a_group_of_fields_is_sent_whole_or_not_at_all(
    tmp_path: Path, count: int, nickname: str | None, sent: dict[str, object], warnings: list[str]
) -> None:
    employee = replace(with_accounts(count), preferred_name=nickname)
    prepared = opened(tmp_path, text=TOGETHER).prepare("1", employee)
    assert {
        name: value for name, value in prepared.values.items() if name in {"bank1", "bank2", "nick"}
    } == sent
    assert [warning.code for warning in prepared.warnings] == warnings


async def test_a_limit_of_employees_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    full = reply(429, {"message": "Employee limit reached"})
    async with scripted(*[full] * 4) as system, opened(tmp_path, system.url) as target:
        first = await target.create(target.prepare("1", AUSTRALIAN))
        second = await target.create(target.prepare("2", AUSTRALIAN))
    for outcome in (first, second):
        assert outcome.problem is not None and outcome.problem.reason is Reason.REFUSED
        assert outcome.problem.message == "Desk refused this employee: Employee limit reached."
    assert len(system.asked) == 4


async def test_a_403_with_words_of_patience_asks_nobody_for_a_permission(tmp_path: Path) -> None:
    busy = reply(403, {"message": "Try again later."}, Retry_After="0")
    async with (
        scripted(busy, reply(201, Location="/staff/7")) as system,
        opened(tmp_path, system.url) as target,
    ):
        assert (await target.create(target.prepare("1", AUSTRALIAN))).target_id == "7"
