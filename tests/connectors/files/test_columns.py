"""What the columns of a file are taken for."""

from __future__ import annotations

import pytest

from connectors.contract.errors import ConfigError
from connectors.files.reading import columns


def test_columns_are_proposed_from_their_headings() -> None:
    header = [
        "Staff ID",
        "Forename",
        "Last Name",
        "D.O.B.",
        "Hire date",
        "BSB",
        "Account Number",
        "Favourite colour",
    ]
    assert columns.propose(header) == {
        "Staff ID": "source_id",
        "Forename": "first_name",
        "Last Name": "surname",
        "D.O.B.": "date_of_birth",
        "Hire date": "start_date",
        "BSB": "bank_accounts.0.bsb",
        "Account Number": "bank_accounts.0.number",
    }
    assert columns.parse(columns.write(columns.propose(header)))["Hire date"] == "start_date"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("Name = surname", "id or the employee number"),
        ("No = employee_number", "surname"),
        ("A = surname\nB = surname\nC = source_id", "two columns"),
        ("A = nonsense", "Line 1"),
        ("nothing", "Line 1"),
    ],
)
def test_columns_by_which_nobody_can_be_recognised_are_refused(setting: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        columns.parse(setting)
