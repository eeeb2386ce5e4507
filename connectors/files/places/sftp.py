"""A folder on an SFTP server, whose host key is pinned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, Self, TypeVar

import asyncssh

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.protocols import Authoriser
from connectors.files.places.folder import MEMORY, MOST_BYTES, Entry
from connectors.files.settings import PlaceSettings
from connectors.http import addresses

T = TypeVar("T")
CONNECT_SECONDS = 20
ANSWER_SECONDS = 60
# There are pay details in files that iHUB makes.
_FOR_OWNER_AND_GROUP = asyncssh.SFTPAttrs(permissions=0o660)


class SftpFolder:
    """One folder of an SFTP server. It is connected to when it is opened."""

    def __init__(self, settings: PlaceSettings, authoriser: Authoriser) -> None:
        """Take where it is. Raises ConfigError where the settings name no server."""
        self._settings, self._authoriser = settings, authoriser
        self._host = settings.host.strip()
        if not self._host:
            raise ConfigError("The SFTP server has no name. Enter it under SFTP server.")
        self._base = settings.folder.strip().rstrip("/")
        self.label = f"the folder {self._base or 'of the sign-in'} on {self._host}"
        self.address = f"sftp:{self._host.casefold()}:{settings.port}:{self._base}"
        self._stack = AsyncExitStack()
        self._client: asyncssh.SFTPClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def _sftp(self) -> asyncssh.SFTPClient:
        if self._client is None:
            entered = await self._authoriser.headers()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    connection = await self._stack.enter_async_context(await self._connect(entered))
                    self._client = await self._stack.enter_async_context(connection.start_sftp_client())
            except TimeoutError as error:
                raise self._unreachable("it did not respond") from error
            except asyncssh.PermissionDenied as error:
                await self._refused(error)
            except asyncssh.HostKeyNotVerifiable as error:
                raise self._other_host(error) from error
            except (asyncssh.Error, OSError) as error:
                raise self._unreachable(_words(error)) from error
        assert self._client is not None
        return self._client

    async def _connect(self, entered: Mapping[str, str]) -> asyncssh.SSHClientConnection:
        address = await self._address()
        if not self._settings.host_key.strip():
            raise await self._show_key(address)
        options: dict[str, Any] = {"username": entered.get("username", ""), "agent_path": None}
        if entered.get("private_key", "").strip():
            options |= {"client_keys": [_key(entered)], "preferred_auth": "publickey"}
        else:
            options |= {"client_keys": None, "password": entered.get("password", "")}
        return await asyncssh.connect(
            address,
            self._settings.port,
            known_hosts=_pinned(self._settings.host_key),
            config=None,
            login_timeout=CONNECT_SECONDS,
            **options,
        )

    async def _address(self) -> str:
        """Return the IP address of the server. Raises ConfigError for one that iHUB does not call."""
        url = (
            f"https://[{self._host}]" if ":" in self._host else f"https://{self._host}:{self._settings.port}"
        )
        try:
            found = await asyncio.to_thread(addresses.resolve, "the SFTP server", url, addresses.allowed())
        except OSError as error:
            raise TemporaryError(
                f"The SFTP server {self._host} is not known. Correct its name, or try again later."
            ) from error
        return found[0]

    async def _show_key(self, address: str) -> ConfigError:
        key = await asyncssh.get_server_host_key(address, self._settings.port, config=None)
        if key is None:
            return ConfigError(f"{self._host} has not shown its host key. Check the name and the port.")
        text = key.export_public_key().decode().strip().rpartition("\n")[2]
        shown = " ".join(text.split()[:2])
        return ConfigError(
            f"{self._host} has the host key {shown} ({key.get_fingerprint()}). Compare it with what the operator "
            "of the server says, then enter it under Host key."
        )

    def _other_host(self, error: Exception) -> AuthError:
        del error
        return AuthError(
            f"{self._host} has another host key than the one that is set, so iHUB sent nothing. Ask the operator "
            "of the server whether the key has changed. If so, clear Host key under Settings and connect again."
        )

    async def _refused(self, error: Exception) -> None:
        reason = f"{self._host} does not accept this user name and password or key. Reconnect it with the right ones."
        await self._authoriser.refused(reason)
        raise AuthError(reason) from error

    def _unreachable(self, why: str) -> TemporaryError:
        return TemporaryError(f"The SFTP server {self._host} cannot be used: {why}. Try again later.")

    async def _run(self, work: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        client = await self._sftp()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await work(client)
        except asyncssh.SFTPNoSuchFile as error:
            raise FileNotFoundError(str(self._base)) from error
        except asyncssh.SFTPPermissionDenied as error:
            raise ConfigError(
                f"The SFTP user may not do this in {self.label}. Ask the operator of the server for the right to "
                "read and write there."
            ) from error
        except TimeoutError as error:
            raise self._unreachable("it did not respond") from error
        except (asyncssh.Error, OSError) as error:
            raise self._unreachable(_words(error)) from error

    def _path(self, name: str = "") -> str:
        return "/".join(part for part in (self._base or ".", name) if part)

    async def list(self) -> Sequence[Entry]:
        """Return the files in the folder itself."""

        async def scan(client: asyncssh.SFTPClient) -> list[Entry]:
            found = []
            async for entry in client.scandir(self._path()):
                kind, name = entry.attrs.type, str(entry.filename)
                if kind == asyncssh.FILEXFER_TYPE_REGULAR:
                    found.append(Entry(name, entry.attrs.size or 0, float(entry.attrs.mtime or 0)))
            return found

        try:
            return await self._run(scan)
        except FileNotFoundError:
            raise ConfigError(f"There is no {self.label.removeprefix('the ')}. Correct the folder.") from None

    async def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """Return the content of a file. Raises FileNotFoundError, and ConfigError for a file that is too large."""

        async def read(client: asyncssh.SFTPClient) -> Any:
            async with client.open(self._path(name), "rb") as file:
                return await file.read(most + 1)

        content: bytes = await self._run(read)
        if len(content) > most:
            raise ConfigError(f"{name} is larger than {most // 1_000_000} MB and was not read.")
        return content

    async def write(self, name: str, content: bytes) -> None:
        """Write a file to its end and to the disk."""
        await self._put(name, content, "wb")

    async def append(self, name: str, content: bytes) -> None:
        """Add to the end of a file."""
        await self._put(name, content, "ab")

    async def _put(self, name: str, content: bytes, mode: str) -> None:
        async def put(client: asyncssh.SFTPClient) -> None:
            if name.startswith(f"{MEMORY}/") and not await client.isdir(self._path(MEMORY)):
                await client.mkdir(self._path(MEMORY))
            async with client.open(self._path(name), mode, _FOR_OWNER_AND_GROUP) as file:
                await file.write(content)
                with suppress(asyncssh.SFTPError):  # not every server can wait for its disk
                    await file.fsync()

        await self._run(put)

    async def rename(self, name: str, other: str) -> None:
        """Give a file another name at once. Raises FileNotFoundError."""

        async def rename(client: asyncssh.SFTPClient) -> None:
            try:
                await client.posix_rename(self._path(name), self._path(other))
            except asyncssh.SFTPOpUnsupported:
                with suppress(asyncssh.SFTPNoSuchFile):
                    await client.remove(self._path(other))
                await client.rename(self._path(name), self._path(other))

        await self._run(rename)

    async def remove(self, name: str) -> None:
        """Remove a file, if there is one."""

        async def remove(client: asyncssh.SFTPClient) -> None:
            await client.remove(self._path(name))

        with suppress(FileNotFoundError):
            await self._run(remove)

    async def __aexit__(self, *exc: object) -> None:
        with suppress(asyncssh.Error, OSError):
            await self._stack.aclose()
        self._client = None


def _key(entered: Mapping[str, str]) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(
            entered["private_key"].strip() + "\n", entered.get("passphrase") or None
        )
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise AuthError(
            "The private key cannot be read. Paste the whole text of its file, and its passphrase if it has one."
        ) from error


def _pinned(host_key: str) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey], list[asyncssh.SSHKey]]:
    keys = []
    for line in host_key.strip().splitlines():
        words = line.split()
        start = next((index for index, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-"))), None)
        try:
            if start is None:
                raise ValueError(line)
            keys.append(asyncssh.import_public_key(" ".join(words[start : start + 2])))
        except (asyncssh.KeyImportError, ValueError):
            raise ConfigError(
                "The host key cannot be read. It begins with ssh-ed25519, ssh-rsa or ecdsa-."
            ) from None
    return keys, [], []


def _words(error: Exception) -> str:
    return (
        getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
    ).rstrip(".")
