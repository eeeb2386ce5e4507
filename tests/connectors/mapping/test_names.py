"""Names are written as people write them, and full names are divided."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.mapping.test_examples import run
from tests.connectors.mapping.test_steps import value

NAMES = [
    ("D'ARCY", "D'Arcy"),
    ("n'dour", "N'Dour"),
    ("O’NEIL", "O’Neil"),
    ("TA'ASE", "Ta'ase"),
    ("TE'O", "Te'o"),
    ("ST JOHN'S", "St John's"),
    ("MCDONALD", "McDonald"),
    ("mcdonald-smith", "McDonald-Smith"),
    ("MACEY", "Macey"),
    ("MACHIN", "Machin"),
    ("van den berg", "Van den Berg"),
    ("DE LA VEGA", "De la Vega"),
    ("SMITH VAN DYKE", "Smith van Dyke"),
    ("van Helsing", "van Helsing"),
    ("deVries", "deVries"),
    ("McKAY", "McKAY"),
    ("SMITH III", "Smith III"),
    ("smith iv", "Smith IV"),
    ("É", "É"),
    ("ÉVA", "Éva"),
    ("straße", "Straße"),
    ("李", "李"),
    ("X", "X"),
    ("LEE  KIM", "Lee  Kim"),
    ("AL-MASRI", "Al-Masri"),
]


@pytest.mark.parametrize(("written", "wanted"), NAMES)
def test_surnames_are_written_as_people_write_them(written: str, wanted: str) -> None:
    assert value({"name_case": {"of": "surname"}}, written) == wanted


@pytest.mark.parametrize(
    ("arguments", "written", "wanted"),
    [
        ({"of": "given"}, "TJ", "TJ"),
        ({"of": "given"}, "tj", "Tj"),
        ({"of": "given"}, "TY", "Ty"),
        ({"of": "surname"}, "NG", "Ng"),
        ({"of": "surname", "particles": "capital"}, "VAN DER BERG", "Van Der Berg"),
        ({"of": "surname", "exceptions": ["MacLean", "Van"]}, "LEE VAN MACLEAN", "Lee Van MacLean"),
        ({"of": "place"}, "RYDE NSW", "Ryde NSW"),
        ({"of": "place"}, "WA", "Wa"),
        ({"of": "place"}, "STOKE-ON-TRENT", "Stoke-on-Trent"),
    ],
)
def test_names_of_other_kinds(arguments: Any, written: str, wanted: str) -> None:
    assert value({"name_case": arguments}, written) == wanted


@pytest.mark.parametrize(
    ("part", "order", "name", "wanted", "is_certain"),
    [
        ("family", "given_first", "Ann Mary Lee", "Lee", False),
        ("given", "given_first", "Ann Mary Lee", "Ann Mary", False),
        ("given", "given_first", "Juan de la Vega", "Juan", True),
        ("given", "given_first", "Lee, Ann Mary", "Ann Mary", True),
        ("family", "given_first", "Lee, Ann, PhD", "Lee", True),
        ("family", "family_first", "de la Vega Juan", "de la Vega", True),
        ("given", "family_first", "Nguyen Van Anh", "Van Anh", False),
        ("family", "given_first", "van", "van", True),
        ("family", "given_first", "Ann de", "de", True),
    ],
)
def test_full_names_are_divided(part: str, order: str, name: str, wanted: str, is_certain: bool) -> None:
    made = run([{"name_part": {"part": part, "order": order}}], name)
    assert made.value == wanted
    assert bool(made.remarks) is not is_certain


def test_a_part_that_a_name_does_not_have_is_blank() -> None:
    assert value({"name_part": {"part": "given"}}, "Lee,") is None
