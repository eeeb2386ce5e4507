"""The table of a mapping: each field in words, with what is changed and what is wrong with it."""

from __future__ import annotations

import pytest

from core.mapping import document as documents
from core.mapping import editing, versions, views
from core.security.actor import OPERATOR
from harness import world


@pytest.fixture
def connection(sqlite_store: str) -> int:
    return world.active_connection()


def test_each_field_says_how_it_is_filled(connection: int) -> None:
    document = documents.from_yaml(
        """\
connector: ipayroll
fields:
- {name: preferredName, from: [preferred_name, first_name], steps: [{name_case: {of: given}}]}
- {name: title, value: Dr, when: {at: status, is: [Current]}, otherwise: clear}
- {name: taxCode, send: false}
- {name: gone, value: x}
- name: email
  cases: [{when: {at: employment_type, is: [Casual]}, from: email}]
  else: {from: work_email}
- {name: surname, required: false}
"""
    )
    fields = {field.name: field for field in views.list_fields(OPERATOR, connection, document)}
    assert (
        fields["preferredName"].filled
        == "Preferred name, else First name; with the steps name as people write it"
    )
    assert (fields["preferredName"].by_file, fields["preferredName"].if_blank) == ("Preferred name", "kept")
    assert fields["title"].filled == "always Dr; only if Status is Current, otherwise cleared"
    assert fields["taxCode"].filled == "not sent"
    assert fields["email"].filled == "E-mail if Employment type is Casual, else Work e-mail"
    assert fields["gender"].filled == "Gender; by a value map of 2"
    assert fields["taxNumber"].filled == "by iHUB's own rules for iPayroll"
    assert fields["surname"].faults == (
        "`surname` is required in the connector's file. Remove `required: false`.",
    )
    assert fields["birthDate"].change is None and fields["surname"].change == {
        "name": "surname",
        "required": False,
    }


def test_a_field_is_changed_key_by_key_and_given_back(connection: int) -> None:
    document = versions.get(OPERATOR, connection).document
    document = editing.change_field(document, "title", {"from": "title", "steps": ["tidy"]})
    document = editing.change_field(document, "title", {"value": "Dr", "steps": None})
    assert documents.to_json(document)["fields"] == [{"name": "title", "value": "Dr"}]
    document = editing.change_field(document, "title", {"send": False})
    assert documents.to_json(document)["fields"] == [{"name": "title", "send": False}]
    assert "fields" not in documents.to_json(editing.give_back_field(document, "title"))
    assert "fields" not in documents.to_json(editing.change_field(document, "title", {"send": None}))


def test_differences_are_said_in_words(connection: int) -> None:
    document = documents.from_json({"connector": "ipayroll", "fields": [{"name": "title", "value": "Dr"}]})
    versions.save(OPERATOR, connection, document, based_on=0)
    [found] = views.compare(OPERATOR, connection, 0, 1)
    assert (found.part, found.before, found.after) == ("Title", "Title", "always Dr")
    assert (found.was, found.becomes) == (None, {"name": "title", "value": "Dr"})
    assert views.compare(OPERATOR, connection, 1, 1) == []


def test_what_differs_is_said_in_words(connection: int) -> None:
    before = documents.from_yaml(
        "connector: ipayroll\nfields:\n- {name: title, template: '{title} {surname}'}"
    )
    after = documents.from_yaml(
        """\
connector: ipayroll
fields:
- {name: phone, owner: once}
- {name: gender, map: {Male: Male, Female: Female, Non_Binary: Female}, unmapped: keep}
- {name: title, template: '{title}-{surname}'}
- {name: email, required: true}
scope: {all: [{at: status, is: [Current]}, {branch: Perth}]}
starters: {days_before: 3}
people: {exclude: ['7']}
"""
    )
    said = {
        each.part: (each.before, each.after)
        for each in views.compare_documents(OPERATOR, connection, before, after)
    }
    assert all(old != new for old, new in said.values())
    assert said["Phone"] == (
        "Mobile, else Phone; whose value counts: as usual",
        "Mobile, else Phone; HR's value counts once",
    )
    assert said["Gender"][1] == (
        "Gender; by a value map of 3; “Non_Binary” is “Female”; other values are sent as they are"
    )
    assert said["Title"][1].endswith("template: {title}-{surname}")
    assert said["E-mail"][1].endswith("needed for a new employee")
    assert said["Employees that are synced"] == (
        "as the job's settings say",
        "Status is Current and Branch is Perth",
    )
    assert said["Starters"][1] == "from 3 days before their start" and said["People by name"][1] == "never 7"
