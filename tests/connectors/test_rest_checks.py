"""A description in which parts do not fit together, or say something else than is meant, is refused before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.rest import catalogue
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
