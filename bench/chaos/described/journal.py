"""What a system was asked to change, in a file, so that it has it again after it was killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

Json = dict[str, Any]


class Journal:
    """A file with one change a line. A kill in between leaves at most a line that is not complete."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    def changes(self) -> Iterator[Json]:
        """Yield what was kept, and drop a line that is not complete."""
        lines = self._path.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        end = sum(map(len, lines))
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)
        yield from map(orjson.loads, lines)

    def keep(self, change: Json) -> None:
        """Keep a change: the kernel has it afterwards, even if this process is killed."""
        os.write(self._file, orjson.dumps(change) + b"\n")
