"""Parts of an employee that a file describes: what is refused, and what is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract.capabilities import WritesParts
from connectors.rest import loader
from connectors.rest.loader import CatalogueError
from tests.connectors.rest import roster


def messages(folder: Path, changes: dict[str, str]) -> str:
    text = roster.PARTS
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after, 1)
    file = folder / "roster.yaml"
    file.write_text(text)
    try:
        loader.load_system(file)
    except CatalogueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bank.number]": "bank.iban]"}, "There is no field `bank.iban`."),
        ({"strip: bank}": "strip: account}"}, "`bank.bsb` does not begin with `account.`"),
        (
            {"fields: [fund.usi]": "fields: [bank.bsb]", ", strip: fund": ""},
            "is in the part Bank account already",
        ),
        ({'"/staff/{id}/fund"': '"/staff/fund"'}, "The path has to hold {id}"),
        ({'"/staff/{id}/fund"': '"/{company}/{id}/fund"'}, "There is no setting `company`."),
        (
            {'"/staff/{id}/fund"': '"/staff/{id}/bank"'},
            "There is a part with the path /staff/{id}/bank already.",
        ),
        (
            {"target:\n": "target:\n  external_id: bank.number\n"},
            "is the id of an employee and cannot be in a part",
        ),
        ({"method: PATCH}\ntarget": "method: DELETE}\ntarget"}, "write one of `PUT`, `PATCH` or `POST`"),
    ],
)
def test_a_part_that_could_not_be_written_is_refused(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    assert messages(tmp_path, {}) == ""
    assert said in messages(tmp_path, changes)


def test_only_a_file_with_parts_has_them(tmp_path: Path) -> None:
    for text, expected in ((roster.PARTS, True), (roster.DESCRIPTION, False)):
        (tmp_path / "roster.yaml").write_text(text)
        entry = loader.load_connector(tmp_path / "roster.yaml")
        assert entry.target is not None
        settings = entry.settings.model_validate({})
        assert isinstance(entry.target(settings, None), WritesParts) is expected
