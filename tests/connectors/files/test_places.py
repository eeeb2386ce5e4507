"""A folder on the iHUB server: nobody gets out of the one of their account."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract.errors import ConfigError, ConnectorError
from connectors.files.places.local import LocalFolder
from tests.connectors.files.test_reading import ANN, HEAD, opened, put
from tests.connectors.suites import read_all


@pytest.mark.parametrize("folder", ["../2", "..", "in/../../2", "/etc", "link"])
async def test_nobody_leaves_the_folder_of_their_account(tmp_path: Path, folder: str) -> None:
    root = tmp_path / "1"
    root.mkdir()
    (tmp_path / "2").mkdir()
    (root / "link").symlink_to(tmp_path / "2")
    put(root, f"{HEAD}\n")
    if folder == "/etc":  # a folder of this name inside
        assert LocalFolder(root, folder).address == "folder:etc"
        return
    with pytest.raises(ConfigError, match="inside the folder of this account"):
        LocalFolder(root, folder)


async def test_a_link_to_another_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"{HEAD}\n{ANN}\n")
    put(tmp_path, "x", "other.txt")
    (tmp_path / "in" / "employees.csv").symlink_to(secret)
    with pytest.raises(ConnectorError, match="There is no file"):
        async with opened(tmp_path) as source:
            await read_all(source)
    with pytest.raises(ConfigError, match="link"):
        await LocalFolder(tmp_path, "in").read("employees.csv")
