"""Tell things of one name apart by their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key", int, str)


def distinct_names(names: Mapping[Key, str]) -> dict[Key, str]:
    """Return names by id, with the id behind those that look the same; how many blanks there are does not show."""
    shown = {key: " ".join(name.split()) for key, name in names.items()}
    numbers = Counter(shown.values())
    return {key: f"{name} (#{key})" if numbers[shown[key]] > 1 else name for key, name in names.items()}
