"""A description in which parts do not fit together, or say something else than is meant, is refused before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.rest import catalogue
from connectors.rest.settings import filled
from tests.connectors.test_rest_files import GOOD, refused

Changes = dict[str, str]


def changed(changes: Changes) -> str:
    """Return the good description with parts replaced."""
    text = GOOD
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def accepted(folder: Path, changes: Changes) -> None:
    """Read a description that has nothing wrong in it."""
    (folder / "acme.yaml").write_text(changed(changes))
    assert catalogue.system(folder / "acme.yaml").name == "Acme"


@pytest.mark.parametrize("name", ["mails.0", "mails.0.address", "0"])
def test_an_entry_of_a_list_cannot_be_written(tmp_path: Path, name: str) -> None:
    [said] = refused(tmp_path, changed({"name: mail": f'name: "{name}"'}))
    assert said.startswith(f"line 19: `{name}` is an entry of a list, and single entries cannot be written.")


@pytest.mark.parametrize(("first", "second", "line"), [("person", "person.mail", 19), ("person.name.last", "person.name", 18)])
def test_a_field_does_not_lie_within_another(tmp_path: Path, first: str, second: str, line: int) -> None:
    [said] = refused(tmp_path, changed({"name: last": f"name: {first}", "name: mail": f"name: {second}"}))
    assert said.startswith(f"line {line}: `{max(first, second)}` lies within the field `{min(first, second)}`")
    accepted(tmp_path, {"name: last": "name: person.last", "name: mail": "name: person.last_mail"})


@pytest.mark.parametrize("written", ["0123", "12:30", "1.10", "1_000", "0x10", "+61", ".5", ".inf", "1.0e+3"])
def test_a_number_that_yaml_reads_as_another_is_refused(tmp_path: Path, written: str) -> None:
    [said] = refused(tmp_path, changed({", type: email, from: email}": f", value: {written}}}"}))
    assert said.startswith(f"line 19: `{written}` is ") and "Write it in quotes" in said
    accepted(tmp_path, {", type: email, from: email}": f", value: '{written}'}}"})


@pytest.mark.parametrize("written", ["0", "12", "-1", "1.5", "40.0", "1e3"])
def test_a_number_that_is_what_it_looks_like_is_taken(tmp_path: Path, written: str) -> None:
    accepted(tmp_path, {", type: email, from: email}": f", value: {written}}}"})


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
def test_a_yes_or_no_where_a_text_is_meant_is_refused(tmp_path: Path, changes: Changes) -> None:
    [said] = refused(tmp_path, changed(changes))
    assert said == "line 19: What is written here is a yes or no to YAML, `false`. Write it in quotes."
    accepted(tmp_path, {old: new.replace("no}", "'no'}").replace("No,", "'No',") for old, new in changes.items()})


@pytest.mark.parametrize("changes", NO_BOOLEAN)
def test_a_yes_or_no_where_one_is_meant_is_taken(tmp_path: Path, changes: Changes) -> None:
    accepted(tmp_path, changes)


SOURCE = "source:\n  employee:\n    surname: family\n    {}\ntarget:\n"


@pytest.mark.parametrize(
    "written",
    [
        "address.country: {at: country, map: {N: NO, A: AU}}",
        "bank_accounts: {each: banks, values: {number: n, name: {at: x, map: {N: NO}}}}",
    ],
)
def test_a_yes_or_no_where_the_employee_has_a_text_is_refused(tmp_path: Path, written: str) -> None:
    [said] = refused(tmp_path, changed({"target:\n": SOURCE.format(written)}))
    assert said == "line 19: What is written here is a yes or no to YAML, `false`. Write it in quotes."
    accepted(tmp_path, {"target:\n": SOURCE.format(written.replace("N: NO", "N: 'NO'"))})


def test_a_yes_or_no_where_the_employee_has_one_is_taken(tmp_path: Path) -> None:
    taken = "bank_accounts: {each: banks, values: {number: n, remainder: {at: rest, map: {Y: yes, N: no}}}}"
    accepted(tmp_path, {"target:\n": SOURCE.format(taken)})


@pytest.mark.parametrize("written", ["true", "no", "1.5"])
def test_a_query_holds_texts_and_whole_numbers(tmp_path: Path, written: str) -> None:
    path = "list: {path: /people"
    [said] = refused(tmp_path, changed({path: f"{path}, query: {{active: {written}}}"}))
    assert said == "line 12: `active` has to be a text. Write it in quotes."
    accepted(tmp_path, {path: f"{path}, query: {{active: '{written}', page: 1}}"})


SETTINGS = "  company: {title: Company, description: Which company., required: true}\n"


@pytest.mark.parametrize(("given", "path"), [(12, "/companies/12"), (12.0, "/companies/12"), (1.5, "/companies/1.5")])
def test_a_whole_number_in_a_path_has_no_point(tmp_path: Path, given: float, path: str) -> None:
    number = SETTINGS.replace("required: true", "type: number, default: 0")
    accepted(tmp_path, {SETTINGS: number})
    settings = catalogue.system(tmp_path / "acme.yaml").form.model_validate({"company": given})
    assert filled("/companies/{company}", settings) == path
