"""Show a path without values: only the words that the paths of the system are made of, and the names in a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

# Stands for a part that is not shown.
HIDDEN = "…"
_NAME = re.compile(r"(?!.*\d{4})[A-Za-z_$][\w$.:\[\]-]{0,60}", re.ASCII)


def shown_name(name: object) -> str:
    """Return a name that a programmer gave; a sign in place of what may be a value, such as somebody's number."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else HIDDEN


def shown_path(path: str, words: Collection[str]) -> str:
    """Return a path with those of its parts that are ``words``, and with the names in its query."""
    address, mark, query = path.partition("?")
    shown = "/".join([part if part in words or not part else HIDDEN for part in address.split("/")])
    if not mark:
        return shown
    names = [f"{_name_in(part)}={HIDDEN}" for part in query.split("&") if part]
    return f"{shown}?{'&'.join(names)}"


def _name_in(part: str) -> str:
    """Return the name in a part of a query; one without an equals sign may be a value."""
    name, equals, _ = part.partition("=")
    return shown_name(name) if equals else HIDDEN


def words_in(templates: Iterable[str]) -> frozenset[str]:
    """Return the words that paths are made of; ``templates`` have names in braces where a path has a value."""
    parts = (part for template in templates for part in template.partition("?")[0].split("/"))
    return frozenset(part for part in parts if part and "{" not in part)


class ShownPaths:
    """Shows the paths of one system. Its words are found when a path is shown for the first time."""

    def __init__(self, find_words: Callable[[], frozenset[str]]) -> None:
        self._find_words = find_words
        self._words: frozenset[str] | None = None
        # Most requests of a run go to one path.
        self._last = self._last_shown = ""

    def show(self, path: str) -> str:
        """Return a path as ``shown_path`` does."""
        if path != self._last:
            if self._words is None:
                self._words = self._find_words()
            self._last, self._last_shown = path, shown_path(path, self._words)
        return self._last_shown
