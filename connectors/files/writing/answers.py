"""Read back what the payroll says of the rows that it got."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from connectors.contract.employee import fold_word
from connectors.contract.errors import ConfigError
from connectors.files.places.folder import Folder
from connectors.files.reading.arrivals import find_files, read_whole
from connectors.files.reading.people import digest_of, read_table
from connectors.files.settings import FileSourceSettings
from connectors.files.writing.ledger import Ledger
from connectors.values.normalise import text

_NUMBER = frozenset(
    {"id", "number", "employeeid", "employeenumber", "employee", "key", "empno", "employeecode", "code"}
)
_RESULT = frozenset({"result", "status", "outcome", "state"})
_MESSAGE = frozenset({"message", "error", "reason", "details", "description", "errors"})
_TAKEN = frozenset(
    {
        "ok",
        "success",
        "successful",
        "accepted",
        "taken",
        "imported",
        "created",
        "updated",
        "yes",
        "true",
        "done",
        "unchanged",
    }
)


class Answer(NamedTuple):
    """What the payroll says of one employee; ``refusal`` is None when it has taken them."""

    number: str
    refusal: str | None


async def apply_answers(folder: Folder, ledger: Ledger, pattern: str) -> bool:
    """Take the answers that are new into the ledger; say whether there were any. Raises ConnectorError."""
    digests = []
    for entry in await find_files(folder, pattern) if pattern.strip() else []:
        content = await read_whole(folder, entry)
        digest = digest_of(content)
        if digest in ledger.answers or digest in digests:
            continue
        for answer in read_answers(entry.name, content):
            if answer.refusal is not None:
                ledger.refuse(answer.number, answer.refusal)
        digests.append(digest)
    if digests:
        await ledger.keep_answers(digests)
    return bool(digests)


def read_answers(name: str, content: bytes) -> Iterator[Answer]:
    """Yield the answers of a file. Raises ConfigError where it has no columns for them."""
    table = read_table(FileSourceSettings(), name, content)
    folded = [fold_word(heading) for heading in table.header]
    number, result, message = (_find(folded, words) for words in (_NUMBER, _RESULT, _MESSAGE))
    if number is None or result is None:
        raise ConfigError(
            f"The answer file {name} needs a column Employee number and a column Result, so nothing was written. "
            "Correct it, or clear Answer file under Settings."
        )
    for row in table.rows:
        if row.fault is not None:
            continue
        said = row.values[result]
        if fold_word(said) in _TAKEN:
            yield Answer(row.values[number], None)
        elif said:
            reason = text(row.values[message]) if message is not None else None
            yield Answer(row.values[number], reason or "No reason was given")


def _find(header: Sequence[str], words: frozenset[str]) -> int | None:
    return next((index for index, heading in enumerate(header) if heading in words), None)
