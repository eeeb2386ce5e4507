"""The connector that docs/add-a-connector.md builds works as it is printed there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
from connectors import registry
from connectors.connector import Connector
from tests.connectors.stand_ins import Held, reply, scripted
from tests.connectors.suites import read_all

PAGE = Path(__file__).parents[2] / "docs" / "add-a-connector.md"
FILE = re.compile(r"^`connectors/example/(\w+\.py)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connector]:
    """Write the files of the page and let the registry find them."""
    folder = tmp_path / "example"
    folder.mkdir()
    for name, text in FILE.findall(PAGE.read_text()):
        (folder / name).write_text(text)
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    registry.forget()
    yield registry.connector("example")
    registry.forget()
    for name in [name for name in sys.modules if name.startswith("connectors.example")]:
        del sys.modules[name]
    vars(connectors).pop("example", None)


async def test_the_printed_connector_reads_people(example: Connector) -> None:
    assert list(example.plays()) == ["source"]
    assert example.source is not None
    people = [{"id": 1, "first": "Jane", "last": "Citizen", "changed": "7"}, {"id": 2}]
    async with (
        scripted(reply(200, {"id": 5, "name": "Example Ltd"}), reply(200, people)) as system,
        example.source(example.settings.model_validate({"url": system.url}), Held()) as source,
    ):
        assert (await source.check()).name == "Example Ltd"
        records = await read_all(source)
    assert [(record.source_id, record.name, record.mark) for record in records] == [("1", "Jane Citizen", "7"), ("2", "", None)]
    assert records[1].problem is not None
