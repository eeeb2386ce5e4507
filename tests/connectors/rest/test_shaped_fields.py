"""What steps, templates, value maps and defaults send of an employee to a system that a file describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.connector import SideSettings
from connectors.contract.employee import Address, AustralianTax, BankAccount, Employee, SuperFund
from connectors.contract.records import Prepared, Reason, Verdict
from connectors.rest.translation.target_records import RecordReader, request_body
from connectors.rest.translation.to_target import EmployeePreparer
from core.sync.compare.canonical import canonical, is_same
from tests.connectors.mapping.made import TEXTS
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER
from tests.connectors.rest.test_values import BRISBANE, loaded

HEAD = """\
kind: office
name: Office
summary: A payroll that a file alone describes.
url: https://office.example.com
requests_per_second: 1000
authorisation: {kind: none}
settings:
  region: {title: Region, description: Which region., default: "{setting}"}
check: {path: /me, id: number}
employees:
  id: key
  list: {path: /staff}
  get: {path: "/staff/{id}"}
  create: {path: /staff}
  update: {path: "/staff/{id}", sends: ours}
target:
  clear_with: (clear)
  fields:
    - {name: family, label: Surname, from: surname, identity: surname}
"""
JO = Employee("Jo", "Citizen", position="VIC-42", branch="Bar", employee_number="7", mobile="0412 345 678")


def prepared(field: str, employee: Employee = JO, *, setting: str = "", more: str = "") -> Prepared:
    """Return the translation of an employee for a system with one more field, named x."""
    lines = f"{HEAD}    - {{name: x, label: Extra, {field}}}\n{more}"
    system = replace(loaded(lines.replace("{setting}", setting)), locality=BRISBANE)
    return EmployeePreparer(system, system.form.model_validate({})).prepare("s1", employee)


def said(made: Prepared) -> list[tuple[str, str]]:
    """Return codes and messages of all warnings and problems."""
    return [
        *((warning.code, warning.message) for warning in made.warnings),
        *((str(problem.reason), problem.message) for problem in made.problems),
    ]


SENT = [
    ("from: position, steps: [{part: {by: '-', take: 2}}, {zeros: {to: 4}}]", "0042"),
    ("from: position, steps: [{part: {by: '-', take: 1}}], map: {vic: Victoria}", "Victoria"),
    ("from: position, steps: [{part: {by: '-', take: 1}}], map: {NSW: N}, unmapped: keep", "VIC"),
    (
        "from: position, steps: [{part: {by: '-', take: 1}}], map: {NSW: N}, unmapped: default, default: D",
        "D",
    ),
    ("from: position, map: {NSW: N}, unmapped: keep", "VIC-42"),
    ("template: '{first_name} {surname}[ ({title})]'", "Jo Citizen ( Senior Cook )"),
    ("template: '{first_name} {surname}', steps: [{case: upper}], map: {JO CITIZEN: JC}", "JC"),
    ("template: '{{{branch}}}'", "{Bar}"),
    ("from: title, map: {senior  cook: Chef}", "Chef"),
    ("from: title, map: {senior cook: Chef}, unmapped: problem", "Chef"),
    ("from: preferred_name, default: none", "none"),
    ("template: '{preferred_name}', default: none", "none"),
    ("setting: region, steps: [{case: upper}]", "NORTH"),
    ("from: [preferred_name, first_name], steps: [tidy]", "Jo"),
    ("type: phone, from: mobile, steps: [{phone: {as: e164}}], format: e164", "+61412345678"),
    (
        "type: number, from: employee_number, steps: [{number: {}}, {times: {by: '3'}}, {number: {places: 0}}]",
        21,
    ),
    ("type: boolean, from: branch, steps: [{yes_no: {yes: [bar], no: [kitchen]}}]", True),
]


@pytest.mark.parametrize(("field", "wanted"), SENT)
def test_a_value_is_shaped(field: str, wanted: Any) -> None:
    made = prepared(field, replace(JO, title=" Senior   Cook "), setting="north")
    assert (made.values["x"], said(made)) == (wanted, [])


def test_the_whole_way_of_each_source_decides() -> None:
    field = "from: [position, employee_number], steps: [{keep: {only: digits, also: '-'}}, {zeros: {to: 3}}]"
    made = prepared(field)
    assert made.values["x"] == "007"
    [(code, message)] = said(made)
    assert code == "BAD_FORMAT"
    assert message.startswith("The first choice for Extra was not used: step 2 (zeros) takes digits only.")
    mapped = "from: [position, branch], map: {Bar: B}, unmapped: problem"
    assert prepared(mapped).values["x"] == "B"
    assert said(prepared(mapped))[0][0] == "NO_VALUE_MAP"
    readable = (
        "type: date, from: [position, employee_number], steps: [{replace: [{find: '7', with: 1/2/2024}]}]"
    )
    assert prepared(readable).values["x"] == date(2024, 2, 1)
    blank = "from: [branch, employee_number], steps: [{part: {by: '-', take: 2}}], default: D"
    assert (prepared(blank).values["x"], said(prepared(blank))) == ("D", [])


FAULTY = "from: position, steps: [{zeros: {to: 3}}]"


def test_a_problem_is_a_warning_or_stops_a_required_field() -> None:
    made = prepared(FAULTY)
    [(code, message)] = said(made)
    assert ("x" in made.values, made.problems, code) == (False, (), "BAD_FORMAT")
    assert message.startswith("Extra was not sent: step 1 (zeros) takes digits only. Correct it")
    made = prepared(f"{FAULTY}, required: true")
    [problem] = made.problems
    assert (problem.reason, problem.verdict, problem.field) == (Reason.BAD_FORMAT, Verdict.FILTER, "Extra")
    assert problem.message.startswith(
        "Extra cannot be sent and Office needs it: step 1 (zeros) takes digits only."
    )
    [problem] = prepared("from: position, map: {NSW: N}, unmapped: problem, required: true").problems
    assert problem.reason is Reason.NO_VALUE_MAP
    [problem] = prepared("from: preferred_name, steps: [tidy], required: true").problems
    assert problem.reason is Reason.MISSING_FIELD


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("type: date, from: position, steps: [tidy]", "the value is not a date"),
        ("type: number, from: position, steps: [tidy]", "the value is not a number"),
        ("type: boolean, from: position, steps: [tidy]", "the value is not yes or no"),
        ("format: tfn, from: position, steps: [tidy]", "is not in the form that the field needs"),
        ("from: position, map: {NSW: N}, unmapped: problem", "the value map does not have this value"),
        ("from: position, steps: [tidy], map: {NSW: N}", "the value map does not have this value"),
        ("from: branch, steps: [{replace: [{find: Bar, with: (CLEAR)}]}]", "clears a field"),
        (
            "template: '{first_name}{bank_accounts.0.amount_cents}', steps: [{number: {}}]",
            "cannot read a number",
        ),
    ],
)
def test_a_value_that_cannot_be_sent_is_said(field: str, reason: str) -> None:
    employee = replace(JO, bank_accounts=(BankAccount("A", "1", amount_cents=500),))
    made = prepared(field, employee)
    [(_, message)] = said(made)
    assert "x" not in made.values and reason in message


def test_the_messages_of_the_file_come_first() -> None:
    bad = "bad: {code: OWN, message: Our words.}"
    assert said(prepared(f"type: date, from: position, steps: [tidy], {bad}")) == [("OWN", "Our words.")]
    assert said(prepared(f"{FAULTY}, {bad}"))[0][0] == "BAD_FORMAT"
    required = "type: date, from: position, steps: [tidy], required: true"
    [(_, message)] = said(prepared(f"{required}, {bad}"))
    assert message.startswith("Extra cannot be sent and Office needs it: the value is not a date.")
    stops = bad.replace("OWN", "TOO_LONG").replace("}", ", stops: error}")
    assert said(prepared(f"{required}, {stops}")) == [("TOO_LONG", "Our words.")]
    assert said(prepared("type: email, from: position, steps: [tidy]"))[0][0] == "BAD_EMAIL"


def test_a_blank_value_may_clear_and_an_unknown_one_does_not() -> None:
    field = "from: bank_accounts.0.name, steps: [tidy], blank: clear"
    template = "template: '{surname} {bank_accounts.0.name}', blank: clear"
    for way in (field, template):
        assert prepared(way).values["x"] is None
        unknown = replace(JO, unread=frozenset({"bank_accounts"}))
        assert "x" not in prepared(way, unknown).values
    unknown = replace(JO, unread=frozenset({"bank_accounts"}), refused=True)
    required = prepared("from: bank_accounts.0.name, default: D, required: true", unknown)
    assert "was not read" in required.problems[0].message
    assert prepared("from: bank_accounts.0.name, default: D").values["x"] == "D"


def test_a_value_that_the_map_of_its_source_does_not_have_is_no_blank_one() -> None:
    made = prepared("from: [{at: branch, map: {Kitchen: K}}], steps: [tidy], blank: clear")
    assert "x" not in made.values and said(made)[0][0] == "NO_VALUE_MAP"
    made = prepared("from: [{at: branch, map: {Kitchen: K}}, position], default: D")
    assert made.values["x"] == "VIC-42" and said(made)[0][0] == "NO_VALUE_MAP"
    assert prepared("from: [{at: branch, map: {Bar: B}}], steps: [{case: lower}]").values["x"] == "b"


def test_a_field_without_its_condition_is_left_out() -> None:
    when = "when: {at: address.country, is: [Fiji]}"
    assert "x" not in prepared(f"template: '{{surname}}', {when}").values
    assert "x" not in prepared(f"from: preferred_name, default: D, {when}").values


def test_what_is_left_out_on_the_way_is_said() -> None:
    made = prepared(
        "type: phone, from: mobile, steps: [{phone: {as: e164}}]", replace(JO, mobile="0412 345 678 x9")
    )
    [(code, message)] = said(made)
    assert made.values["x"] == "0412345678" and code == "CHECK_VALUE"
    assert message == "Extra: the value in step 1 (phone) had an extension, which was left out."


def test_a_phone_number_belongs_where_the_employee_lives() -> None:
    field = "from: mobile, steps: [{phone: {as: e164}}]"
    fiji = replace(JO, mobile="920 1234", address=Address(country="Fiji"))
    assert prepared(field, fiji).values["x"] == "+6799201234"
    assert prepared(field, NEW_ZEALANDER).values["x"] == "+64211234567"
    assert prepared(field).values["x"] == "+61412345678"


def test_an_entry_of_a_list_is_chosen() -> None:
    funds = (SuperFund("REGULATED", "Harbour", None, "U", None), SuperFund("SMSF", "Own", None, None, None))
    field = "from: super_funds, steps: [{item: {where: {type: SMSF}, of: name}}]"
    assert prepared(field, replace(JO, super_funds=funds)).values["x"] == "Own"
    assert "x" not in prepared(field).values
    accounts = (BankAccount("A", "###-123"), BankAccount("B", "456", remainder=True))
    hidden = "sensitive: true, from: bank_accounts, steps: [{item: {of: number}}]"
    made = prepared(hidden, replace(JO, bank_accounts=accounts))
    assert "x" not in made.values and "is hidden" in said(made)[0][1]


COLLECTION = """\
  collections:
    - {of: bank_accounts, field: x, most: 1, more: {code: MORE, message: Too many.}, rest: clear}
"""


def test_a_list_beside_a_collection_is_no_numbered_item() -> None:
    field = "from: bank_accounts, steps: [{item: {where: {remainder: true}, of: name}}]"
    accounts = (BankAccount("A", "1", remainder=True), BankAccount("B", "2"))
    made = prepared(field, replace(JO, bank_accounts=accounts), more=COLLECTION)
    assert made.values["x"] == "A" and said(made) == [("MORE", "Too many.")]


def test_a_hidden_value_is_recognised_before_any_step() -> None:
    hidden = replace(JO, au_tax=AustralianTax(tfn="###-###-123"))
    masked = "masked: {code: MASKED_TFN, message: It is hidden.}"
    field = f"sensitive: true, from: au_tax.tfn, steps: [{{keep: {{only: digits}}}}], {masked}"
    assert said(prepared(field, hidden)) == [("MASKED_TFN", "It is hidden.")]
    made = prepared("sensitive: true, template: '{first_name} {au_tax.tfn}', blank: clear", hidden)
    assert "x" not in made.values and "the value is hidden in the HR system" in said(made)[0][1]
    assert (
        prepared("template: '{first_name} {surname}'", replace(JO, first_name="Foxx**")).values["x"]
        == "Foxx** Citizen"
    )


SECRET_FIELDS = [
    "sensitive: true, from: {}, steps: [{{cut: {{first: 3}}}}, {{zeros: {{strip: true}}}}, {{date: {{}}}}]",
    "sensitive: true, from: {}, steps: [{{number: {{}}}}, {{times: {{over: '3'}}}}, {{number: {{places: 2}}}}],"
    " max_length: 2",
    "sensitive: true, template: '{{{}}} {{surname}}', steps: [{{part: {{by: ' ', take: 1}}}}, {{phone: {{as: e164}}}}]",
    "sensitive: true, from: [{}, surname], steps: [{{lines: {{width: 4, take: 1}}}}], required: true",
    "sensitive: true, type: boolean, from: {}, steps: [{{name_part: {{part: family}}}},"
    " {{yes_no: {{yes: [Y], no: [N]}}}}]",
]
PLACES = [
    "au_tax.tfn",
    "bank_accounts.0.number",
    "bank_accounts.0.bsb",
    "super_funds.0.member_number",
    "nz_tax.ird",
]


@pytest.mark.parametrize("field", SECRET_FIELDS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_is_said_has_a_part_of_a_sensitive_value(field: str, place: str) -> None:
    for employee in (AUSTRALIAN, NEW_ZEALANDER):
        for _, message in said(prepared(field.format(place), employee)):
            assert not re.search(r"\d\D?\d\D?\d", message)


# Fields of each type with steps before them, as one system.
LAW = {
    "a": "from: first_name, steps: [{name_case: {of: given}}]",
    "b": "from: first_name, steps: [tidy, {case: sentence}]",
    "c": "from: first_name, steps: [plain_letters]",
    "d": "template: '{first_name}[, {surname}]'",
    "e": "from: surname, type: number, steps: [{number: {places: 2}}]",
    "f": "from: surname, type: number, steps: [{number: {}}, {times: {over: '7'}}, {number: {places: 3}}]",
    "g": "from: surname, type: date, steps: [{date: {reads: ['%d.%m.%Y']}}]",
    "h": "from: start_date, type: date, steps: [{shift: {months: 1}}]",
    "i": "from: surname, type: phone, steps: [{phone: {as: e164}}]",
    "j": "from: surname, type: phone, format: e164, steps: [{phone: {as: national}}]",
    "k": "from: surname, type: boolean, steps: [{yes_no: {yes: [Y], no: [N]}}]",
    "l": "from: surname, steps: [{replace: [{find: a, with: aa}]}]",
    "m": "from: surname, steps: [{cut: {first: 3}}]",
    "n": "from: start_date, steps: [{write_date: {as: '%d/%m/%Y'}}]",
    "o": "from: surname, format: state, steps: [{place: {of: state, as: name}}]",
    "p": "from: surname, steps: [{keep: {only: letters_digits, also: ' '}}, {zeros: {to: 3}}]",
    "q": "from: surname, type: email, steps: [{replace: [{find: ' ', with: '@x.'}]}]",
}
LAW_FILE = HEAD.replace("{setting}", "") + "".join(
    f"    - {{name: {name}, label: {name.upper()}, {field}}}\n" for name, field in LAW.items()
)
WORDS = st.one_of(
    TEXTS, st.sampled_from(["Y", "n", "VIC", "new south wales", "1,234.565", "03.04.2024", "Jo b.co"])
)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_what_was_written_compares_equal(first: str, second: str, day: date) -> None:
    system = replace(loaded(LAW_FILE), locality=BRISBANE)
    prepare, read = EmployeePreparer(system, SideSettings()).prepare, RecordReader(system).read
    employee = Employee(first, second, start_date=day)
    sent = prepare("s1", employee).values
    assert sent == prepare("s1", employee).values
    record = read(request_body(sent) | {"key": "1"})
    assert record is not None
    kinds: Mapping[str, Any] = {field.name: field.type for field in system.fields}
    for name, value in sent.items():
        after, before = canonical(value, kinds[name]), canonical(record.values.get(name), kinds[name])
        assert is_same(after, before, kinds[name]), (name, value, record.values.get(name))
