"""What a place of files can do, whatever it is, and how a file is replaced there without being seen half."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol, Self

# The end of the name of a file that is being written; readers leave such files alone.
PART = ".part"
# Where iHUB keeps what it has to remember of a folder.
MEMORY = ".ihub"
# No file of employees is larger.
MOST_BYTES = 64_000_000


class Entry(NamedTuple):
    """One file: its name, its size in bytes, and when it was last changed, in seconds since 1970."""

    name: str
    size: int
    changed_at: float


class Folder(Protocol):
    """A folder with files. Names are those of files in it, or of files in its ``.ihub``.

    Its methods raise ConnectorError; FileNotFoundError where they say so. Use as ``async with``.
    """

    # What people call it, and what tells it from others.
    label: str
    address: str

    async def list(self) -> Sequence[Entry]:
        """Return the files in the folder itself."""

    async def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """Return the content of a file. Raises FileNotFoundError, and ConfigError for a file that is too large."""

    async def write(self, name: str, content: bytes) -> None:
        """Write a file to its end and to the disk; it replaces one of that name, and may be seen half."""

    async def append(self, name: str, content: bytes) -> None:
        """Add to the end of a file, which is made when there is none, and wait until it is on the disk."""

    async def rename(self, name: str, other: str) -> None:
        """Give a file another name at once; it replaces one of that name. Raises FileNotFoundError."""

    async def remove(self, name: str) -> None:
        """Remove a file, if there is one."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...


async def write_whole(folder: Folder, name: str, content: bytes) -> None:
    """Write a file that nobody sees half: under another name first, then renamed."""
    await folder.write(name + PART, content)
    await folder.rename(name + PART, name)


async def read_if_there(reading: Awaitable[bytes]) -> bytes | None:
    """Return what is read; None when there is no such file."""
    try:
        return await reading
    except FileNotFoundError:
        return None
