"""Check before any employee is read that each step gets the kind of value that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.mapping.base import WRITABLE, Kind, StepArguments
from connectors.mapping.lists import Item, Join
from connectors.mapping.numbers import Number
from connectors.mapping.steps import AnyStep, named

_BEFORE = {Kind.DATE: "date", Kind.NUMBER: "number"}


@dataclass(slots=True)
class KindCheck:
    """Follows the kind of a value through the steps of a field.

    ``kind`` is what there is before the first step and then after the last one; None where it is not known. ``entries``
    has the kinds of the values that an entry of a list has.
    """

    kind: Kind | None
    entries: Mapping[str, Kind | None]

    def follow(self, steps: Iterable[AnyStep]) -> Iterator[tuple[int, str]]:
        """Yield the position of each step that cannot work, and a sentence about it."""
        all_steps = named(steps)
        for index, (name, arguments) in enumerate(all_steps):
            message = self._refuse(name, arguments)
            if message is None and name == "times" and not _is_rounded(all_steps[index + 1 :]):
                message = "After `times` a number has more digits than are meant. Add `number` with `places` after it."
            if message is not None:
                yield index, message
            self.kind = self._after(arguments)

    def _refuse(self, name: str, arguments: StepArguments) -> str | None:
        kind = self.kind
        if isinstance(arguments, Item | Join):
            return self._refuse_list_step(name, arguments)
        if kind is None or kind in arguments.takes:
            return None
        if kind is Kind.LIST:
            return f"`{name}` takes one value, and here is a list. Put `item` or `join` before it."
        wanted = next(iter(arguments.takes)) if len(arguments.takes) == 1 else Kind.TEXT
        if kind is Kind.DATE and name == "date":
            return "The value is a date already. Remove `date`."
        before = _BEFORE.get(wanted)
        advice = f"Put `{before}` before it." if before and kind in WRITABLE else "Remove it."
        return f"`{name}` takes {wanted}, and here is {kind}. {advice}"

    def _refuse_list_step(self, name: str, arguments: Item | Join) -> str | None:
        if self.kind not in {None, Kind.LIST}:
            return f"`{name}` takes a list, and here is {self.kind}. Remove it."
        if not self.entries:
            return None
        known = ", ".join(sorted(self.entries))
        if arguments.of is None:
            return f"`{name}` needs `of`: which value of an entry is meant. An entry has: {known}."
        used = (arguments.of, *(arguments.where if isinstance(arguments, Item) else ()))
        unknown = next((each for each in used if each not in self.entries), None)
        return None if unknown is None else f"An entry of the list has no `{unknown}`. It has: {known}."

    def _after(self, arguments: StepArguments) -> Kind | None:
        if isinstance(arguments, Item):
            return self.entries.get(arguments.of or "")
        return arguments.gives


def _is_rounded(steps: Iterable[tuple[str, StepArguments]]) -> bool:
    return any(isinstance(arguments, Number) and arguments.places is not None for _, arguments in steps)
