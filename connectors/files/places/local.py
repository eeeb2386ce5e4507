"""A folder on the iHUB server, inside the one that the operator has given to the account."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.files.places.folder import MEMORY, MOST_BYTES, Entry

T = TypeVar("T")


def inside(root: Path, folder: str) -> Path:
    """Return a folder of an account. Raises ConfigError for one that is not inside ``root``, also by a link."""
    path = (root / folder.strip().strip("/")).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ConfigError(
            "The folder must be inside the folder of this account. Enter its name without `..`."
        )
    return path


class LocalFolder:
    """A folder of this server. Files that it makes can be read by the owner and the group only."""

    def __init__(self, root: Path, folder: str) -> None:
        """Take the account's folder and the name of one in it. Raises ConfigError."""
        self._root, self._name = root, folder
        self._path = inside(root, folder)
        self.label = f"the folder {folder.strip().strip('/') or 'of this account'}"
        self.address = f"folder:{self._path.relative_to(root.resolve())}"

    async def list(self) -> Sequence[Entry]:
        """Return the files in the folder itself."""
        return await self._run(self._list)

    def _list(self) -> Sequence[Entry]:
        found = []
        for entry in os.scandir(self._path):
            if entry.is_file(follow_symlinks=False):
                state = entry.stat(follow_symlinks=False)
                found.append(Entry(entry.name, state.st_size, state.st_mtime))
        return found

    async def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """Return the content of a file. Raises FileNotFoundError, and ConfigError for a file that is too large."""

        def read() -> bytes:
            with self._file(name).open("rb") as file:
                content = file.read(most + 1)
            if len(content) > most:
                raise ConfigError(f"{name} is larger than {most // 1_000_000} MB and was not read.")
            return content

        return await self._run(read)

    async def write(self, name: str, content: bytes) -> None:
        """Write a file to its end and to the disk."""
        await self._run(lambda: self._put(name, content, os.O_TRUNC))

    async def append(self, name: str, content: bytes) -> None:
        """Add to the end of a file."""
        await self._run(lambda: self._put(name, content, os.O_APPEND))

    def _put(self, name: str, content: bytes, how: int) -> None:
        path = self._file(name)
        if name.startswith(f"{MEMORY}/"):
            path.parent.mkdir(mode=0o770, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how
        with os.fdopen(os.open(path, flags, 0o660), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    async def rename(self, name: str, other: str) -> None:
        """Give a file another name at once. Raises FileNotFoundError."""
        await self._run(lambda: self._file(name).replace(self._file(other)))

    async def remove(self, name: str) -> None:
        """Remove a file, if there is one."""
        await self._run(lambda: self._file(name).unlink(missing_ok=True))

    def _file(self, name: str) -> Path:
        path = self._path / name
        if inside(self._root, self._name) != self._path or path.is_symlink():
            raise ConfigError(f"{name} is a link to another place, which iHUB does not follow. Remove it.")
        return path

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except FileNotFoundError:
            if self._path.is_dir():
                raise
            raise ConfigError(
                f"There is no {self.label.removeprefix('the ')} for this account on the iHUB server. Ask the operator "
                "to make it, or correct the name."
            ) from None
        except PermissionError:
            raise ConfigError(
                f"iHUB may not use files in {self.label}. Ask the operator to give it the right."
            ) from None
        except OSError as error:
            raise TemporaryError(f"{self.label.capitalize()} cannot be used: {error.strerror}.") from error

    async def __aenter__(self) -> Self:
        """Make the folder, if the operator has given the account none of this name yet."""
        if self._root.parent.is_dir():
            await self._run(lambda: self._path.mkdir(mode=0o770, parents=True, exist_ok=True))
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None
