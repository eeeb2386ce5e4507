"""A text that is put together from several values of an employee."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.mapping.base import MOST_CHARACTERS, TOO_LONG, UNKNOWN, Failure, as_text, is_blank

MOST_SIGNS, MOST_OPTIONAL_PARTS = 300, 3
_PIECES = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{[^{}\[\]]*\}|[{}\[\]]|[^{}\[\]]+")
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*")
_SIGNS = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}
_NO_TEXT = Failure("finds a value that cannot be written as a text")


@dataclass(slots=True)
class _Group:
    """Texts, and places by their number; an optional group is left out where one of its places is blank."""

    is_optional: bool
    parts: list[str | int] = field(default_factory=list)


class Template:
    """A template, prepared once."""

    __slots__ = ("_groups", "places")

    def __init__(self, written: str) -> None:
        """Take a template. Raises ValueError with the rest of a sentence about it."""
        self.places: list[str] = []
        self._groups = list(self._parse(written))
        if not self.places:
            raise ValueError(
                "it has no value of an employee in it, such as `{surname}`; use `value` for a fixed text"
            )
        if any(
            group.is_optional and all(isinstance(part, str) for part in group.parts) for group in self._groups
        ):
            raise ValueError(
                "a part in [ ] has a value in it, such as `[ ({preferred_name})]`; write [[ for the sign"
            )
        if sum(group.is_optional for group in self._groups) > MOST_OPTIONAL_PARTS:
            raise ValueError(f"it has more than {MOST_OPTIONAL_PARTS} parts in [ ]")

    def _parse(self, written: str) -> Iterator[_Group]:
        group = _Group(is_optional=False)
        for piece in _PIECES.findall(written):
            if piece in {"[", "]"}:
                if group.is_optional is (piece == "["):
                    raise ValueError(
                        "each [ needs a ], and none may be inside another; write [[ or ]] for the sign"
                    )
                yield group
                group = _Group(is_optional=piece == "[")
            elif piece in {"{", "}"}:
                raise ValueError("each { needs a }; write {{ or }} for the sign")
            elif piece.startswith("{") and piece not in _SIGNS:
                group.parts.append(self._place(piece[1:-1].strip()))
            else:
                group.parts.append(_SIGNS.get(piece, piece))
        if group.is_optional:
            raise ValueError("each [ needs a ], and none may be inside another; write [[ or ]] for the sign")
        yield group

    def _place(self, path: str) -> int:
        if not _PATH.fullmatch(path):
            raise ValueError("in { } is the path of an employee's value, such as `{address.suburb}`")
        if path not in self.places:
            self.places.append(path)
        return self.places.index(path)

    def fill(self, values: Sequence[Any]) -> Any:
        """Return the text for the values of the places, in their order; None when it is blank, or UNKNOWN."""
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        texts: list[str | None] = []
        for value in values:
            written = None if is_blank(value) else as_text(value)
            if written is None and not is_blank(value):
                return _NO_TEXT
            texts.append(written)
        written_groups: list[str] = []
        for group in self._groups:
            parts = [part if isinstance(part, str) else texts[part] for part in group.parts]
            if None not in parts:
                written_groups.append("".join(map(str, parts)))
            elif not group.is_optional:
                return None
        made = "".join(written_groups)
        return TOO_LONG if len(made) > MOST_CHARACTERS else made


def _check(written: str) -> str:
    Template(written)
    return written


TemplateText = Annotated[str, Field(max_length=MOST_SIGNS), AfterValidator(_check)]
