"""A mapping that no longer fits the connector file is said on the connection, and its last version stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import registry
from connectors.rest import loader
from core.connections import connections
from core.mapping import document as documents
from core.mapping import versions
from core.security.actor import OPERATOR
from harness import world
from tests.connectors.rest import roster


def test_a_mapping_that_no_longer_fits_is_said_on_the_connection(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(roster.DESCRIPTION)
    monkeypatch.setenv(loader.FOLDERS_VARIABLE, str(tmp_path))
    registry.reload()
    connection = world.active_connection(target="roster")
    document = documents.from_json({"connector": "roster", "fields": [{"name": "mobile", "from": "phone"}]})
    versions.save(OPERATOR, connection, document, based_on=0)
    assert connections.get(OPERATOR, connection).mapping_fault is None
    file.write_text(roster.DESCRIPTION.replace("name: mobile, label", "name: cell, label"))
    registry.reload()
    fault = connections.get(OPERATOR, connection).mapping_fault
    assert fault is not None and "Roster has no field `mobile`." in fault
    assert "restore an earlier version" in fault
    assert versions.get(OPERATOR, connection).number == 1
    monkeypatch.undo()
    registry.reload()
