"""Make a file of everything in the journal, so that each row is in one file, whenever the process dies.

1. The file is written under a name that ends in ``.part``.
2. ``publishing.json`` says that this file is complete, with its rows and its SHA-256.
3. It is renamed.
4. The manifest is written.
5. The ledger says the number of the file; with that the journal is used up.

A process that begins later and finds ``publishing.json`` continues: while the ``.part`` is there, it was not renamed;
when it is not, it was, even if the payroll has taken the file away since.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from connectors.contract.errors import ConfigError
from connectors.files.places.folder import PART, Folder, read_if_there, write_whole
from connectors.files.settings import EXCEL, FULL, FileTargetSettings
from connectors.files.writing.ledger import Ledger
from connectors.files.writing.rows import render

MANIFEST = ".manifest.json"


def parse_headings(setting: str, columns: Sequence[str]) -> dict[str, str]:
    """Return, by column, what the payroll calls it. Raises ConfigError."""
    headings: dict[str, str] = {}
    by_name = {name.casefold(): name for name in columns}
    for line in filter(str.strip, setting.splitlines()):
        ours, _, theirs = line.partition("=")
        name = by_name.get(" ".join(ours.split()).casefold())
        if name is None or not theirs.strip():
            raise ConfigError(
                f"The setting Headings cannot be used. Write one of {', '.join(columns[:3])} and so on, then =, "
                "then the heading of the payroll."
            )
        headings[name] = " ".join(theirs.split())
    return headings


class Publication:
    """Makes the files of one series."""

    def __init__(
        self, folder: Folder, ledger: Ledger, settings: FileTargetSettings, columns: Sequence[str]
    ) -> None:
        """Take the folder, the ledger that was loaded, and the columns of a file."""
        self._folder, self._ledger, self._settings, self._columns = folder, ledger, settings, columns
        self._headings = parse_headings(settings.headings, columns)
        self._ending = ".xlsx" if settings.format == EXCEL else ".csv"

    async def finish_interrupted(self) -> None:
        """Continue with a file that an earlier process has begun. Raises ConfigError where it is damaged."""
        content = await read_if_there(self._folder.read(self._ledger.publication))
        if content is None:
            return
        try:
            begun = json.loads(content)
            number = int(begun["number"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{self._ledger.publication} is damaged. Restore it from a backup.") from error
        if number > self._ledger.number:
            await self._finish(begun)
        else:
            await self._folder.remove(str(begun.get("journal", self._ledger.publication)))
            await self._folder.remove(self._ledger.publication)

    async def publish(self) -> None:
        """Make a file of what is in the journal; none when there is nothing."""
        await self.finish_interrupted()
        if not self._ledger.pending:
            return
        number = await self._next_number()
        is_full = self._settings.content == FULL
        name = f"{self._settings.file_name}{'' if is_full else f'-{number:06d}'}{self._ending}"
        everybody = [kept.taken for kept in self._ledger.people.values()]
        rows = [row for row in everybody if row is not None] if is_full else [*self._ledger.pending.values()]
        columns = {name: self._headings.get(name, name) for name in self._columns}
        content = render(columns, rows, self._settings.format, self._settings.separator)
        await self._folder.write(name + PART, content)
        begun = {
            "number": number,
            "file": name,
            "rows": len(rows),
            "sha256": hashlib.sha256(content).hexdigest(),
            "journal": self._ledger.journal,
            "content": "everybody" if is_full else "new and changed employees",
        }
        await write_whole(self._folder, self._ledger.publication, json.dumps(begun).encode())
        await self._finish(begun)

    async def _finish(self, begun: dict[str, Any]) -> None:
        name = begun["file"]
        with suppress(FileNotFoundError):  # it was renamed before the process ended
            await self._folder.rename(name + PART, name)
        shown = {key: value for key, value in begun.items() if key != "journal"}
        manifest = json.dumps(shown, indent=1).encode() + b"\n"
        await write_whole(self._folder, name + MANIFEST, manifest)
        await self._ledger.close(begun["number"])

    async def _next_number(self) -> int:
        """Return a number that no file in the folder has, also when the ledger was lost."""
        form = re.compile(re.escape(self._settings.file_name) + r"-(\d{6,9})\.(csv|xlsx)(\.manifest\.json)?")
        names = [entry.name for entry in await self._folder.list()]
        return 1 + max(
            [self._ledger.number, *(int(found[1]) for name in names if (found := form.fullmatch(name)))]
        )
