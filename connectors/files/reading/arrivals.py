"""Find the files that have arrived whole, and read them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.files.places.folder import PART, Entry, Folder

# What programs call a file that they are still writing.
UNFINISHED = (PART, ".tmp", ".filepart", ".crdownload", ".partial", "~", ".manifest.json")
# A file that has changed this recently is looked at again after a pause.
RECENT_SECONDS = 60.0
PAUSE_SECONDS = 2.0
MOST_PAUSES = 30


async def find_files(folder: Folder, pattern: str) -> list[Entry]:
    """Return the files whose names fit, oldest first. Capital and small letters do not matter."""
    found = [entry for entry in await folder.list() if fits(entry.name, pattern)]
    return sorted(found, key=lambda entry: (entry.changed_at, entry.name))


def fits(name: str, pattern: str) -> bool:
    """Say whether a file is one of those that are read."""
    return fnmatchcase(name.casefold(), pattern.strip().casefold()) and not _is_apart(name)


def _is_apart(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold().endswith(UNFINISHED)


async def newest_file(folder: Folder, pattern: str) -> Entry:
    """Return the file that was changed last. Raises ConfigError where there is none."""
    found = await find_files(folder, pattern)
    if not found:
        raise ConfigError(
            f"There is no file {pattern} in {folder.label}, so nothing was read or changed. Put it there, or "
            "correct the file name."
        )
    return found[-1]


async def read_whole(folder: Folder, entry: Entry) -> bytes:
    """Return the content of a file once it does not grow any more. Raises TemporaryError where it keeps growing."""
    for _ in range(MOST_PAUSES):
        if abs(time.time() - entry.changed_at) < RECENT_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS)
        before = await _look(folder, entry.name)
        try:
            content = await folder.read(entry.name)
        except FileNotFoundError:
            raise _vanished(entry.name) from None
        if before == entry and len(content) == entry.size and await _look(folder, entry.name) == entry:
            return content
        entry = await _look(folder, entry.name)
    raise TemporaryError(
        f"{entry.name} is still being written, so nothing was read. Run the job again when it is complete."
    )


async def _look(folder: Folder, name: str) -> Entry:
    listed: Sequence[Entry] = await folder.list()
    for entry in listed:
        if entry.name == name:
            return entry
    raise _vanished(name)


def _vanished(name: str) -> TemporaryError:
    return TemporaryError(
        f"{name} was taken away while it was read, so nothing was changed. Send the file again."
    )
