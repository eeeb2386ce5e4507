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
