"""People as runs keep them: their numbers are encrypted, many together."""

from __future__ import annotations

from sqlalchemy import insert

from core.db import transaction
from core.models import KeptEmployee, KeptEmployeeBatch
from core.people.entries import seal

SEALED = 20


def keep(pairing: int, people: int) -> None:
    """Keep the people of a pairing as runs do: their numbers are encrypted."""
    sealed = [_sealed(first, people) for first in range(0, people, SEALED)]
    for first in range(0, len(sealed), 500):
        part = sealed[first : first + 500]
        with transaction() as session:
            ids = session.scalars(
                insert(KeptEmployeeBatch).returning(KeptEmployeeBatch.id, sort_by_parameter_order=True),
                [
                    {"pairing_id": pairing, "entries": entries, "ciphertext": text}
                    for _, entries, text in part
                ],
            ).all()
            rows = [
                {"pairing_id": pairing, "source_id": source_id(number), "batch_id": batch_id}
                for batch_id, (start, entries, _) in zip(ids, part, strict=True)
                for number in range(start, start + entries)
            ]
            session.execute(insert(KeptEmployee), rows)


def _sealed(first: int, people: int) -> tuple[int, int, bytes]:
    numbers = range(first, min(first + SEALED, people))
    nothing = (None, "Active", "1", "Brisbane", None, "2020-01-01", None, "QLD", True, None, False, ())
    entries = [
        (
            source_id(number),
            f"Person {number} Ngata",
            f"{number:06}",
            *nothing[1:],
            None,
            None,
            (),
            (),
            False,
        )
        for number in numbers
    ]
    return first, len(numbers), seal(entries)


def source_id(number: int) -> str:
    """Return the id of a person in the source."""
    return f"S{1_000_000 + number}"
