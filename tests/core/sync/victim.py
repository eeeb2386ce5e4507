"""One worker's child for the kill test: carries out a run against a payroll that lives in a file.

    python -m tests.core.sync.victim RUN_ID PAYROLL_FILE PEOPLE

Every create and update is one line appended to the file. It is there once it is written, even if the process dies.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from connectors.contract.fields import Value
from connectors.contract.records import Outcome, Prepared, TargetRecord
from core.db import reading
from core.models import Pairing
from core.sync import engine
from core.sync.store import codec
from tests.core.sync.fakes import FakeSource, FakeTarget, fake_systems, person

LATENCY = 0.004


class FiledTarget(FakeTarget):
    """A payroll whose employees are the lines of a file."""

    path: Path

    def load(self) -> FiledTarget:
        import orjson

        for line in self.path.read_bytes().splitlines():
            entry = orjson.loads(line)
            if entry["new"]:
                assert entry["id"] not in self.records, "created twice"
                self.records[entry["id"]] = {}
                self.external[entry["id"]] = entry["id"] if self.chosen_ids else None
            self.records[entry["id"]] |= codec.decode(entry["layouts"], *entry["values"])
        return self

    def _file(self, target_id: str, values: Mapping[str, Value], *, new: bool) -> None:
        taken = codec.RecordCodec()
        entry = {"id": target_id, "new": new, "values": taken.encode(values), "layouts": taken.layouts()}
        line = codec.dumps(entry) + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, line)
        os.close(descriptor)

    async def create(self, prepared: Prepared) -> Outcome:
        await asyncio.sleep(LATENCY)
        outcome = await super().create(prepared)
        if outcome.target_id is not None:
            self._file(outcome.target_id, prepared.values, new=True)
        await asyncio.sleep(LATENCY)
        return outcome

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        await asyncio.sleep(LATENCY)
        outcome = await super().update(target_id, prepared, current)
        self._file(target_id, prepared.values, new=False)
        await asyncio.sleep(LATENCY)
        return outcome


def target(path: Path, *, chosen_ids: bool = True) -> FiledTarget:
    """Return payroll as the file has it."""
    filed = FiledTarget(chosen_ids=chosen_ids, page_size=100)
    filed.path = path
    return filed.load()


def source(people: int) -> FakeSource:
    """Return the employees, the same ones in every process."""
    filled = FakeSource(page_size=50)
    for number in range(people):
        filled.put(f"s{number}", person(number))
    return filled


if __name__ == "__main__":
    run_id, file, people, chosen = (
        int(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]),
        sys.argv[4] == "ours",
    )
    with reading() as session:
        pairing_id = session.scalars(select(Pairing.id)).one()
    print("ready", flush=True)  # noqa: T201
    engine.execute(
        run_id, lambda _: fake_systems(source(people), target(file, chosen_ids=chosen), pairing_id)
    )
