"""Forms that systems use on the wire: dates of their own, an envelope around the employee, amounts in cents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.employee import Employee
from connectors.rest import loader
from connectors.rest.client.target import RestTarget
from connectors.rest.loader import CatalogueError
from connectors.rest.translation.from_source import EmployeeReader, UnreadableError
from connectors.rest.translation.target_records import RecordReader
from tests.connectors.described import QUICK
from tests.connectors.people import AUSTRALIAN
from tests.connectors.stand_ins import Held, reply, scripted

ROSTER = """\
kind: slips
name: Slips
summary: A payroll with an envelope.
url: https://slips.example.com
authorisation: {kind: header, header: Authorization, prefix: "Token "}
check: {path: /me, id: id}
employees:
  id: id
  list: {path: /staff, records: data}
  get: {path: "/staff/{id}", record: data}
  create: {path: /staff, record: data, inside: data}
  update: {path: "/staff/{id}", method: PATCH, sends: ours, inside: data}
target:
  write_dates: "%d/%m/%Y"
  ended: {field: left}
  fields:
    - {name: given, label: First name, from: first_name, identity: given names}
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
    - {name: job.born, label: Born, type: date, from: date_of_birth, identity: birth date}
    - {name: since, label: Start, type: date, from: start_date}
    - {name: left, label: End, type: date, from: end_date}
"""
PEOPLE = """\
kind: slips
name: Slips
summary: An HR system with amounts in cents.
url: https://slips.example.com
authorisation: {kind: none}
check: {path: /me, id: id}
employees:
  id: id
  list: {path: /people}
source:
  employee:
    surname: name
    pay_rate: {at: pay.cents, times: 0.01}
    bank_accounts: {each: banks, values: {number: number, amount_cents: {at: dollars, times: 100}}}
  custom:
    bonus: {label: Bonus, at: bonus, type: number, times: 0.01}
    extras:
      label: Extras
      at: extras
      list: true
      values: {code: code, amount: {at: cents, type: number, times: 0.01}}
"""
BORN, SINCE = date(1980, 4, 3), date(2024, 7, 1)
PERSON = replace(AUSTRALIAN, date_of_birth=BORN, start_date=SINCE, end_date=None)


def loaded(folder: Path, text: str) -> Any:
    file = folder / "slips.yaml"
    file.write_text(text)
    return loader.load_system(file)


def opened(folder: Path, text: str, url: str) -> RestTarget:
    system = loaded(folder, text)
    return RestTarget(system, system.form.model_validate({"url": url}), Held(), retry=QUICK)


async def sent(folder: Path, text: str, employee: Employee, *held: Any) -> tuple[Any, Any]:
    """Return what a create and an update of an employee send."""
    made = reply(201, {"data": {"id": "7"}})
    async with (
        scripted(made, *held, reply(200, {"data": {"id": "7"}})) as system,
        opened(folder, text, system.url) as target,
    ):
        prepared = target.prepare("1", employee)
        assert (await target.create(prepared)).target_id == "7"
        assert (await target.update("7", prepared, None)).problem is None
    return system.asked[0].json, system.asked[-1].json


@pytest.mark.parametrize(
    ("form", "born", "since"),
    [
        ("%Y-%m-%d", "1980-04-03", "2024-07-01"),
        ("%d/%m/%Y", "03/04/1980", "01/07/2024"),
        ("%d-%m-%Y", "03-04-1980", "01-07-2024"),
        ("%d.%m.%Y", "03.04.1980", "01.07.2024"),
        ("%m/%d/%Y", "04/03/1980", "07/01/2024"),
        ("%Y/%m/%d", "1980/04/03", "2024/07/01"),
        ("%Y%m%d", "19800403", "20240701"),
        ("%d%m%Y", "03041980", "01072024"),
    ],
)
async def test_dates_are_sent_as_the_system_takes_them_and_read_in_the_same_form(
    tmp_path: Path, form: str, born: str, since: str
) -> None:
    text = ROSTER.replace("%d/%m/%Y", form)
    for body in await sent(tmp_path, text, PERSON):
        assert (body["data"]["job"]["born"], body["data"]["since"]) == (born, since)
    record = RecordReader(loaded(tmp_path, text)).read({"id": 7, "since": since, "job": {"born": born}})
    assert record is not None
    assert (record.values["job.born"], record.values["since"]) == (BORN, SINCE)


async def test_an_end_is_sent_and_cleared_in_this_form(tmp_path: Path) -> None:
    ended = replace(PERSON, end_date=date(2025, 2, 28), status="Terminated")
    assert (await sent(tmp_path, ROSTER, ended))[1]["data"]["left"] == "28/02/2025"


async def test_an_employee_who_is_sent_back_whole_keeps_this_form(tmp_path: Path) -> None:
    whole = ROSTER.replace("sends: ours", "sends: everything, iso_dates: [checked]")
    held = {"data": {"id": "7", "left": "2025-02-28", "checked": "1-Feb-2026", "motto": "1-Feb-2026"}}
    body = (await sent(tmp_path, whole, PERSON, reply(200, held)))[1]["data"]
    assert (body["left"], body["checked"], body["motto"]) == ("28/02/2025", "01/02/2026", "1-Feb-2026")


async def test_the_employee_is_sent_inside_what_the_file_names(tmp_path: Path) -> None:
    text = ROSTER.replace("record: data, inside: data}", "record: data, inside: batch.people, body: array}")
    created, updated = await sent(tmp_path, text, PERSON)
    assert [*created] == ["batch"] and [entry["family"] for entry in created["batch"]["people"]] == [
        "O’Brien"
    ]
    assert [*updated] == ["data"] and updated["data"]["family"] == "O’Brien"


def test_a_number_in_another_unit_is_multiplied(tmp_path: Path) -> None:
    read = EmployeeReader(loaded(tmp_path, PEOPLE)).read
    employee = read(
        {
            "name": "Lee",
            "pay": {"cents": 3255},
            "banks": [{"number": "1234", "dollars": "250.50"}],
            "bonus": "19999",
            "extras": [{"code": "meal", "cents": 1250}, {"code": "none", "cents": None}],
        }
    )
    assert employee.pay_rate == Decimal("32.55")
    assert [account.amount_cents for account in employee.bank_accounts] == [25050]
    assert employee.custom["bonus"] == Decimal("199.99")
    assert employee.custom["extras"] == ({"code": "meal", "amount": Decimal("12.5")}, {"code": "none"})
    assert read({"name": "Lee", "pay": {"cents": None}}).pay_rate is None


@pytest.mark.parametrize("shown", ["a lot", {"cents": 1}, True])
def test_what_is_no_number_cannot_be_read(tmp_path: Path, shown: object) -> None:
    with pytest.raises(UnreadableError, match="the pay rate"):
        EmployeeReader(loaded(tmp_path, PEOPLE)).read({"name": "Lee", "pay": {"cents": shown}})


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (ROSTER, '"Token "', "Token", 'The key would follow `Token` without a space. Write `prefix: "Token "`, in'),
        (ROSTER, "left, label: End, type: date", "left, label: End", "; how dates are written is `write_dates` under"),
        (ROSTER, "from: start_date", "from: start_date, steps: [{write_date: {as: '%Y'}}]", "Remove the step `write_"),
        (ROSTER, ", from: start_date", "", "or `send: false`, if only the mapping of a connection fills it."),
        (ROSTER, "type: date, from: start_date", "type: number, format: cents, from: pay_rate", "`pay_rate` is none."),
        (ROSTER, "type: date, from: start_date", "type: number, from: gender, map: {F: two}", "`two` is not a value"),
        (ROSTER, "type: date, from: start_date", "from: [{at: gender, map: {F: '31/02/2024'}}], type: date", "`31/02"),
        (PEOPLE, "pay_rate: {at: pay.cents", "position: {at: pay.cents", "`position` is no number and cannot be"),
        (PEOPLE, "{at: dollars", "{at: dollars, map: {a: 1}}, name: {at: dollars", "`name` is no number and cannot"),
        (PEOPLE, "type: number, times: 0.01}\n    extras", "times: 0.01}\n    extras", "`bonus` is no number"),
        (PEOPLE, "cents, type: number", "cents", "`amount` is no number and cannot be multiplied. Remove `times`."),
        (PEOPLE, "times: 0.01}\n    bank", "times: 0}\n    bank", "`times` cannot be used"),
        (PEOPLE, "  custom:", "  status: state\n  custom:", "`status` is a value of an employee. Write it under `emp"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_with_what_to_write(
    tmp_path: Path, file: str, old: str, new: str, sentence: str
) -> None:
    assert old in file
    with pytest.raises(CatalogueError) as refused:
        loaded(tmp_path, file.replace(old, new))
    assert sentence in " ".join(refused.value.sentences)


@pytest.mark.parametrize("field", ["map: {F: 2, M: ''}", "from: [{at: gender, map: {F: 2}}]"])
def test_maps_to_what_the_field_takes_or_to_nothing_are_accepted(tmp_path: Path, field: str) -> None:
    given = f"type: number, {'' if 'from' in field else 'from: gender, '}{field}"
    assert loaded(tmp_path, ROSTER.replace("type: date, from: start_date", given)).name == "Slips"
