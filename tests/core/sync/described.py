"""Runs from a source in memory into a payroll that a file describes, over HTTP."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from connectors.contract.connector import Connector
from connectors.http.retry import Retry
from connectors.rest import loader
from core.db import reading
from core.models import Connection, RunStatus
from core.sides.system_pair import SystemPair
from core.sync import engine
from tests.connectors.rest.roster import Roster
from tests.connectors.stand_ins import Held
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import fake_systems

QUICK = Retry(first_wait=0.01, tries=3)


@cache
def connector_described(kind: str, description: str) -> Connector:
    """Return the connector that a description makes, read once: to read one takes longer than a run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{kind}.yaml"
        file.write_text(description)
        return loader.load_connector(file)


@dataclass
class DescribedHub(Hub):
    """A connection whose target is the roster."""

    roster: Roster = field(default_factory=Roster)
    description: str = ""

    def execute(self, run_id: int) -> RunStatus | None:
        """Carry a run out with the target as the file describes it."""
        return engine.execute(run_id, lambda _connection_id: self._systems())

    def _systems(self) -> SystemPair:
        entry = connector_described("roster", self.description)
        assert entry.target is not None
        target = entry.target(entry.settings.model_validate({"url": self.roster.url}), Held(), retry=QUICK)
        with reading() as session:
            pairing_id = session.get_one(Connection, self.connection_id).pairing_id
        assert pairing_id is not None
        paired = fake_systems(self.source, self.target, pairing_id)
        return replace(paired, target=cast(Any, target), target_connector=entry)

    def everybody_once(self) -> bool:
        """Say whether the roster has every employee of the source exactly once, as they are there."""
        at_source = sorted((str(one.surname), str(one.mobile)[-3:]) for one in self.source.people.values())
        return at_source == sorted((one["family"], one["mobile"][-3:]) for one in self.roster.people.values())
