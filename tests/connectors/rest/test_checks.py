"""A description whose parts do not fit together, or that YAML reads differently, is refused before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.rest import loader
from connectors.rest.description.settings_form import fill_braces
from tests.connectors.rest.test_loader import GOOD, refused

Changes = dict[str, str]


def changed(changes: Changes) -> str:
    """Return the valid description with parts replaced."""
    text = GOOD
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def accepted(folder: Path, changes: Changes) -> None:
    """Read a description without findings."""
    (folder / "acme.yaml").write_text(changed(changes))
    assert loader.load_system(folder / "acme.yaml").name == "Acme"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0", "`0` begins with a number. Write the name of the list before it."),
        ("mails.1", "`mails.1` has no field for the entry before it. Add `mails.0`."),
        ("mails.2.kind", "`mails.2.kind` has no field for the entry before it. Add `mails.1`."),
    ],
)
def test_an_entry_of_a_list_needs_a_list_and_those_before_it(tmp_path: Path, name: str, message: str) -> None:
    assert refused(tmp_path, changed({"name: mail": f'name: "{name}"'})) == [f"line 19: {message}"]
    accepted(tmp_path, {"name: mail": "name: mails.0.address"})


@pytest.mark.parametrize(
    ("first", "second", "line"), [("person", "person.mail", 19), ("person.name.last", "person.name", 18)]
)
def test_a_field_is_not_inside_another(tmp_path: Path, first: str, second: str, line: int) -> None:
    [message] = refused(tmp_path, changed({"name: last": f"name: {first}", "name: mail": f"name: {second}"}))
    assert message.startswith(
        f"line {line}: `{max(first, second)}` is inside the field `{min(first, second)}`"
    )
    accepted(tmp_path, {"name: last": "name: person.last", "name: mail": "name: person.last_mail"})


@pytest.mark.parametrize("written", ["0123", "12:30", "1.10", "1_000", "0x10", "+61", ".5", ".inf", "1.0e+3"])
def test_a_number_that_yaml_reads_as_another_is_refused(tmp_path: Path, written: str) -> None:
    [message] = refused(tmp_path, changed({", type: email, from: email}": f", value: {written}}}"}))
    assert message.startswith(f"line 19: YAML reads `{written}` as ") and "Write it in quotes" in message
    accepted(tmp_path, {", type: email, from: email}": f", value: '{written}'}}"})


@pytest.mark.parametrize("written", ["0", "12", "-1", "1.5", "40.0", "1e3"])
def test_a_number_that_yaml_reads_as_written_is_accepted(tmp_path: Path, written: str) -> None:
    accepted(tmp_path, {", type: email, from: email}": f", value: {written}}}"})


@pytest.mark.parametrize("written", ["y", "N", "1e+3", "1.0e3"])
def test_a_text_that_only_some_yaml_readers_take_for_a_value_is_accepted(
    tmp_path: Path, written: str
) -> None:
    changes = {", type: email, from: email}": f", value: {written}}}"}
    (tmp_path / "acme.yaml").write_text(changed(changes))
    assert loader.load_system(tmp_path / "acme.yaml").target.fields[1].value == written


NO_TEXT: list[Changes] = [
    {", type: email, from: email}": ", value: no}"},
    {", type: email, from: email}": ", from: gender, map: {Female: No, Male: M}}"},
    {", type: email, from: email}": ", from: gender, reads: {Female: No, Male: M}}"},
    {", type: email, from: email}": ", from: [title, {at: gender, map: {Female: No, Male: M}}]}"},
    {"from: email}": "from: email, when: {at: address.country, is: [No, AU]}}"},
]
NO_BOOLEAN: list[Changes] = [
    {"type: email, from: email": "type: boolean, value: no"},
    {"type: email, from: email": "type: boolean, from: gender, map: {Female: No, Male: Yes}"},
    {"from: email}": "from: email, when: {at: bank_accounts.0.remainder, is_not: [No]}}"},
]


@pytest.mark.parametrize("changes", NO_TEXT)
def test_a_boolean_where_a_text_is_meant_is_refused(tmp_path: Path, changes: Changes) -> None:
    [message] = refused(tmp_path, changed(changes))
    assert message in {
        f"line 19: YAML reads {value} value as false. Write it in quotes." for value in ("this", "a")
    }
    accepted(
        tmp_path, {old: new.replace("no}", "'no'}").replace("No,", "'No',") for old, new in changes.items()}
    )


@pytest.mark.parametrize("changes", NO_BOOLEAN)
def test_a_boolean_where_one_is_meant_is_accepted(tmp_path: Path, changes: Changes) -> None:
    accepted(tmp_path, changes)


SOURCE = "source:\n  employee:\n    surname: family\n    {}\ntarget:\n"


@pytest.mark.parametrize(
    "written",
    [
        "address.country: {at: country, map: {N: NO, A: AU}}",
        "bank_accounts: {each: banks, values: {number: n, name: {at: x, map: {N: NO}}}}",
    ],
)
def test_a_boolean_where_the_employee_has_a_text_is_refused(tmp_path: Path, written: str) -> None:
    [message] = refused(tmp_path, changed({"target:\n": SOURCE.format(written)}))
    assert message == "line 19: YAML reads this value as false. Write it in quotes."
    accepted(tmp_path, {"target:\n": SOURCE.format(written.replace("N: NO", "N: 'NO'"))})


def test_a_boolean_where_the_employee_has_one_is_accepted(tmp_path: Path) -> None:
    taken = "bank_accounts: {each: banks, values: {number: n, remainder: {at: rest, map: {Y: yes, N: no}}}}"
    accepted(tmp_path, {"target:\n": SOURCE.format(taken)})


def test_a_status_is_mapped_to_a_word_that_ihub_knows(tmp_path: Path) -> None:
    mapped = "status: {at: state, map: {Inactive: %s, L: Leave, A: active}}"
    [message] = refused(tmp_path, changed({"target:\n": SOURCE.format(mapped % "Terminatd")}))
    assert message == "line 19: iHUB has no status `Terminatd`. Did you mean `Terminated`?"
    [message] = refused(tmp_path, changed({"target:\n": SOURCE.format(mapped % "7")}))
    assert message == "line 19: iHUB has no status `7`. docs/add-a-system.md lists the statuses."
    accepted(tmp_path, {"target:\n": SOURCE.format(mapped % "TERMINATED")})


@pytest.mark.parametrize("written", ["true", "no", "1.5"])
def test_a_query_holds_texts_and_whole_numbers(tmp_path: Path, written: str) -> None:
    path = "list: {path: /people"
    [message] = refused(tmp_path, changed({path: f"{path}, query: {{active: {written}}}"}))
    assert message == "line 12: `active` has to be a text. Write it in quotes."
    accepted(tmp_path, {path: f"{path}, query: {{active: '{written}', page: 1}}"})


SETTINGS = "  company: {title: Company, description: Which company., required: true}\n"
SIGN_IN = "{kind: oauth2, authorize_path: /a, token_path: /t, revoke_path: /r}"
REFUSED: list[tuple[Changes, str]] = [
    (
        {"type: email, from: email": "from_setting: company"},
        "line 19: `company` needs `choices`: fields of an employee to choose from.",
    ),
    (
        {"  fields:\n": "  external_id: mail\n  fields:\n", "type: email": "type: number"},
        "line 17: An external id is text. Write `type: text` at `mail`, without `cents`.",
    ),
    (
        {"  fields:\n": "  external_id: mail\n  fields:\n", "type: email": "format: cents"},
        "line 17: An external id is text. Write `type: text` at `mail`, without `cents`.",
    ),
    (
        {
            SETTINGS: SETTINGS
            + "  hours: {title: H, description: H., type: number, default: 0, least: 1, most: 168}\n"
        },
        "line 9: The default of `hours` has to be 1 or more.",
    ),
    (
        {
            SETTINGS: SETTINGS
            + "  hours: {title: H, description: H., type: number, default: 200, least: 1, most: 168}\n"
        },
        "line 9: The default of `hours` has to be 168 or less.",
    ),
    (
        {SETTINGS: SETTINGS + "  branch: {title: B, description: B., default: north, max_length: 4}\n"},
        "line 9: The default of `branch` is longer than 4 characters.",
    ),
    (
        {"settings:\n": "page_size: {default: 60, most: 50}\nsettings:\n"},
        "line 7: The default is above `most`, which is 50. Write a smaller one.",
    ),
    (
        {"path: /people}": "path: /people, query: {of: '{nothing}'}}"},
        "line 12: There is no setting `nothing`. Add it under `settings`, or remove {nothing}.",
    ),
    (
        {"{kind: none}": SIGN_IN.replace("/a", "'/{company}/a'")},
        "line 6: {company} would be sent as written here. Remove it.",
    ),
    (
        {"{kind: none}": SIGN_IN.replace("/r", "'/{nothing}/r'")},
        "line 6: {nothing} would be sent as written here. Remove it.",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_a_description_that_cannot_work_is_refused_before_it_is_used(
    tmp_path: Path, changes: Changes, message: str
) -> None:
    assert refused(tmp_path, changed(changes)) == [message]


def test_a_query_may_have_braces_without_a_name_in_them(tmp_path: Path) -> None:
    accepted(tmp_path, {"path: /people}": """path: /people, query: {filter: '{"active": true}'}}"""})


@pytest.mark.parametrize(
    "header", ["X Key", "X-Key:", "X-Key: a", "Schlüssel", "Host", "content-length", "Content-Type"]
)
def test_an_invalid_or_reserved_header_is_refused(tmp_path: Path, header: str) -> None:
    [message] = refused(tmp_path, changed({"{kind: none}": f"{{kind: header, header: '{header}'}}"}))
    assert message.startswith("line 6: ") and f"`{header}`" in message
    create = {"create: {path: /people}": f"create: {{path: /people, idempotency: {{header: '{header}'}}}}"}
    [message] = refused(tmp_path, changed(create))
    assert message.startswith("line 14: ") and f"`{header}`" in message


def test_a_page_is_not_larger_than_the_system_allows(tmp_path: Path) -> None:
    paged = {
        "settings:\n": "page_size: {most: 50}\nsettings:\n",
        "list: {path: /people}": "list: {path: /people, paging: {kind: link, size_parameter: size}}",
    }
    accepted(tmp_path, paged)
    form = loader.load_system(tmp_path / "acme.yaml").form
    assert getattr(form(), "page_size", None) == 50


@pytest.mark.parametrize(
    ("setting", "path"), [(12, "/companies/12"), (12.0, "/companies/12"), (1.5, "/companies/1.5")]
)
def test_a_whole_number_in_a_path_has_no_decimal_point(tmp_path: Path, setting: float, path: str) -> None:
    number = SETTINGS.replace("required: true", "type: number, default: 0")
    accepted(tmp_path, {SETTINGS: number})
    settings = loader.load_system(tmp_path / "acme.yaml").form.model_validate({"company": setting})
    assert fill_braces("/companies/{company}", settings) == path


def test_a_value_does_not_mark_a_success_and_a_refusal(tmp_path: Path) -> None:
    marks = "errors: {success: {at: status, is: [OK]}, refused: {at: STATUS, is: [%s]}}\nemployees:"
    [message] = refused(tmp_path, changed({"employees:": marks.replace("STATUS", "status") % "Failed, ok"}))
    assert "`ok` marks a success and a refusal." in message
    accepted(tmp_path, {"employees:": marks.replace("STATUS", "status") % "Failed"})


def test_the_end_of_an_employment_names_what_it_needs_with_a_message(tmp_path: Path) -> None:
    otherwise = "otherwise: {code: NO_VALUE_MAP, stops: filter, message: Choose a reason.}"
    fields = (
        "  fields:\n    - {name: left, label: Left, type: date, from: end_date}\n"
        "    - {name: why, label: Why, value: V}\n"
    )
    for written, message in (
        (f"field: left, needs: [why], {otherwise}", None),
        ("field: left, needs: [why]", "write `needs` with `field`, and with `otherwise`"),
        (f"field: left, {otherwise}", "write `needs` with `field`, and with `otherwise`"),
        (f"field: left, needs: [reason], {otherwise}", "There is no field `reason` under `fields`."),
        (
            f"field: left, needs: [why], {otherwise.replace('NO_VALUE_MAP', 'ODD')}",
            "the code has to be one of",
        ),
    ):
        changes = {"  fields:\n": f"  ended: {{{written}}}\n{fields}"}
        if message is None:
            accepted(tmp_path, changes)
        else:
            assert message in " ".join(refused(tmp_path, changed(changes)))
