"""Steps that make one value of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictInt, StringConstraints

from connectors.mapping.base import (
    MOST_CHARACTERS,
    MOST_ENTRIES,
    TOO_LONG,
    WRONG_TYPE,
    Failure,
    Kind,
    Noted,
    StepArguments,
    StepFunction,
    as_text,
    is_blank,
)
from connectors.mapping.words import Word, fold_word

MOST_CONDITIONS = 40
_SEVERAL = Failure("finds several entries where only one is expected")
_LONG_LIST = Failure(f"takes a list of at most {MOST_ENTRIES} entries")
_MORE = "has more entries than are sent, and the rest was left out"
Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Wanted = Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_CONDITIONS)]


class Item(StepArguments):
    """One entry of a list."""

    where: dict[Attribute, Word | Wanted] = Field({}, max_length=MOST_CONDITIONS)
    """Only entries with these values; capitals and spaces do not matter."""
    take: Literal["first", "last", "only"] = "first"
    """Which of them; `only`: several are a problem."""
    of: Attribute | None = None
    """The value of an entry that has several."""

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.LIST})

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        wanted = [(name, _fold_all(words)) for name, words in self.where.items()]
        take, of = self.take, self.of

        def item(value: Any, _country: str | None) -> Any:
            if (entries := _entries(value)) is None:
                return WRONG_TYPE[Kind.LIST]
            if len(entries) > MOST_ENTRIES:
                return _LONG_LIST
            found = [entry for entry in entries if all(_has(entry, name, words) for name, words in wanted)]
            if len(found) > 1 and take == "only":
                return _SEVERAL
            if not found:
                return None
            entry = found[-1 if take == "last" else 0]
            return entry if of is None else attribute_of(entry, of)

        return item


class Join(StepArguments):
    """The entries of a list as one text; blank entries are left out."""

    separator: Annotated[str, StringConstraints(min_length=1, max_length=20)] = Field(
        alias="with", examples=["; "]
    )
    most: Annotated[StrictInt, Field(ge=1, le=MOST_ENTRIES)] | None = None
    """How many entries are sent at most."""
    sort: bool = False
    """In alphabetical order, so that another order of the list is no change."""
    of: Attribute | None = None
    """The value of each entry that has several."""

    takes: ClassVar[frozenset[Kind]] = frozenset({Kind.LIST})

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        return lambda value, _country: self._join(value)

    def _join(self, value: Any) -> Any:
        if (entries := _entries(value)) is None:
            return WRONG_TYPE[Kind.LIST]
        if len(entries) > MOST_ENTRIES:
            return _LONG_LIST
        shown = entries if self.of is None else [attribute_of(entry, self.of) for entry in entries]
        texts = [None if is_blank(entry) else as_text(entry) for entry in shown]
        if any(text is None and not is_blank(entry) for text, entry in zip(texts, shown, strict=True)):
            return WRONG_TYPE[Kind.TEXT]
        written = [text.strip() for text in texts if text is not None]
        if self.sort:
            written.sort(key=lambda text: (text.casefold(), text))
        joined = self.separator.join(written[: self.most])
        if len(joined) > MOST_CHARACTERS:
            return TOO_LONG
        return Noted(joined, _MORE) if self.most is not None and len(written) > self.most else joined


def _entries(value: Any) -> Sequence[Any] | None:
    return value if isinstance(value, tuple | list) else None


def attribute_of(entry: Any, name: str) -> Any:
    """Return one of the values of an entry; None when it has none of this name."""
    return entry.get(name) if isinstance(entry, Mapping) else getattr(entry, name, None)


def _has(entry: Any, name: str, words: frozenset[str]) -> bool:
    value = attribute_of(entry, name)
    written = str(value) if isinstance(value, bool) else as_text(value)
    return written is not None and len(written) <= MOST_CHARACTERS and fold_word(written) in words


def _fold_all(words: Any) -> frozenset[str]:
    return frozenset(map(fold_word, words if isinstance(words, tuple) else (words,)))
