"""Print the output of commands: sentences and tables for people, one JSON object for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer

# Control characters that a terminal obeys, those that turn the direction of a text or cannot be seen, and halves of
# characters, which no terminal takes. The joiners of emojis and of some scripts stay.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
DONE, WENT_WRONG, WRONG_USE, HELD = 0, 1, 2, 3

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")
]


def command_group(summary: str) -> typer.Typer:
    """Create a group of commands."""
    return typer.Typer(help=summary, no_args_is_help=True, rich_markup_mode=None)


def print_text(sentence: str) -> None:
    """Print a sentence for a person."""
    typer.echo(printable(sentence))


def print_warning(sentence: str) -> None:
    """Print a sentence to standard error, so that programs that read the output do not see it."""
    typer.echo(printable(sentence), err=True)


def print_csv(chunk: str) -> None:
    """Print a piece of a CSV file."""
    typer.echo("\r\n".join(map(printable, chunk.split("\r\n"))), nl=False)


def print_json(value: Any) -> None:
    """Print one JSON object."""
    try:
        written = orjson.dumps(value, default=str).decode()
    except TypeError:  # halves of characters, as an argument in another encoding has them
        written = json.dumps(value, default=str)
    typer.echo(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", written))


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns as wide as their contents."""
    cells = [list(header), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _text(cell: object) -> str:
    text = {None: "", True: "yes", False: "no"}.get(cell) if cell is None or isinstance(cell, bool) else None
    return text if text is not None else " ".join(printable(str(cell)).split())


def printable(text: str) -> str:
    """Return text without what a terminal would obey; lines and tabs stay."""
    return _CONTROL.sub("", text)
