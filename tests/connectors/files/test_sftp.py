"""Files on an SFTP server: a real one in this process, whose host key is pinned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import pytest_asyncio

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.files.places.folder import write_whole
from connectors.files.places.sftp import SftpFolder
from connectors.files.settings import FileSourceSettings
from connectors.http import addresses
from tests.connectors.files.test_writing import CITIZEN, TARGETS

PASSWORD = "a long password"


@dataclass
class Entered:
    """What a person has entered."""

    values: Mapping[str, str]
    refusals: int = 0

    async def headers(self) -> Mapping[str, str]:
        return self.values

    async def renew(self) -> None:
        raise NotImplementedError

    async def refused(self, _reason: str) -> None:
        self.refusals += 1


@dataclass
class Server:
    """The server: its folder, port, key, and a key that it accepts."""

    root: Path
    port: int
    host_key: str
    user_key: str

    def settings(self, **changes: Any) -> dict[str, Any]:
        place = {"place": "SFTP server", "host": "127.0.0.1", "port": self.port, "folder": "/drop"}
        return place | {"host_key": self.host_key} | changes

    def folder(self, entered: Entered, **changes: Any) -> SftpFolder:
        return SftpFolder(FileSourceSettings.model_validate(self.settings(**changes)), entered)


class Guard(asyncssh.SSHServer):
    """Lets one user in, with a password or a key."""

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("ihub", PASSWORD)


@pytest_asyncio.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(addresses, "_allowed", (ip_network("127.0.0.0/8"),))
    (tmp_path / "drop").mkdir()
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    known = asyncssh.import_authorized_keys(user.export_public_key().decode())
    listening = await asyncssh.create_server(
        Guard,
        "127.0.0.1",
        0,
        server_host_keys=[host],
        authorized_client_keys=known,
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(tmp_path).encode()),
    )
    yield Server(
        tmp_path,
        listening.get_port(),
        host.export_public_key().decode().strip(),
        user.export_private_key().decode(),
    )
    listening.close()
    await listening.wait_closed()


def with_password() -> Entered:
    return Entered({"username": "ihub", "password": PASSWORD})


async def test_files_are_listed_read_written_renamed_and_removed(server: Server) -> None:
    for entered in (with_password(), Entered({"username": "ihub", "private_key": server.user_key})):
        async with server.folder(entered) as folder:
            await write_whole(folder, "a.csv", b"one")
            await write_whole(folder, "a.csv", b"two")  # in place of the first
            await folder.append(".ihub/journal", b"1\n")
            await folder.append(".ihub/journal", b"2\n")
            assert [entry[:2] for entry in await folder.list()] == [("a.csv", 3)]
            assert (await folder.read("a.csv"), await folder.read(".ihub/journal")) == (b"two", b"1\n2\n")
            with pytest.raises(ConfigError, match="larger"):
                await folder.read("a.csv", 2)
            with pytest.raises(FileNotFoundError):
                await folder.read("none")
            for name in ("a.csv", ".ihub/journal", "none"):
                await folder.remove(name)
            assert list(await folder.list()) == []


async def test_employees_are_written_over_sftp(server: Server) -> None:
    connector = TARGETS["payroll_files"]
    assert connector.target is not None
    settings = connector.settings.model_validate(server.settings())
    async with connector.target(settings, with_password(), folder=None) as target:
        await target.create(target.prepare("1", CITIZEN))
        await target.hand_over()  # type: ignore[attr-defined]
    names = sorted(path.name for path in (server.root / "drop").iterdir())
    assert (server.root / "drop" / "employees-000001.csv").stat().st_mode & 0o007 == 0
    assert names == [".ihub", "employees-000001.csv", "employees-000001.csv.manifest.json"]


async def test_a_server_with_another_host_key_gets_nothing(server: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(AuthError, match="another host key"):
        async with server.folder(with_password(), host_key=other) as folder:
            await folder.list()


async def test_without_a_host_key_it_is_shown_and_nothing_is_sent(server: Server) -> None:
    with pytest.raises(ConfigError, match="SHA256:") as refused:
        async with server.folder(with_password(), host_key="") as folder:
            await folder.list()
    assert server.host_key.split()[1] in str(refused.value)
    with pytest.raises(ConfigError, match="host key cannot be read"):
        async with server.folder(with_password(), host_key="ssh-ed25519 nonsense") as folder:
            await folder.list()


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"username": "ihub", "password": "wrong"}, "does not accept"),
        ({"username": "ihub", "private_key": "nonsense"}, "private key cannot be read"),
    ],
)
async def test_wrong_credentials_are_an_auth_error(
    server: Server, entered: dict[str, str], words: str
) -> None:
    with pytest.raises(AuthError, match=words) as refused:
        async with server.folder(Entered(entered)) as folder:
            await folder.list()
    assert PASSWORD not in str(refused.value)


async def test_what_is_not_there_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="There is no folder /nowhere"):
        async with server.folder(with_password(), folder="/nowhere") as folder:
            await folder.list()
    with pytest.raises(TemporaryError, match="cannot be used"):
        async with server.folder(with_password(), port=1) as folder:
            await folder.list()
    with pytest.raises(ConfigError, match="no name"):
        server.folder(with_password(), host=" ")
    monkeypatch.setattr(addresses, "_allowed", ())
    with pytest.raises(ConfigError, match="private network"):
        async with server.folder(with_password()) as folder:
            await folder.list()
