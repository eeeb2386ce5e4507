"""Whatever the check of a file accepts can be run: made files read and write against made answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.contract.capabilities import CreatesOnce, FindsExternalId, Update
from connectors.contract.employee import Employee
from connectors.contract.errors import ConnectorError
from connectors.http.retry import Retry
from connectors.rest import loader
from connectors.rest.description.system import System
from connectors.rest.loader import CatalogueError
from tests.connectors.people import AUSTRALIAN, NEW_ZEALANDER
from tests.connectors.rest.generated import Maker
from tests.connectors.rest.generated_answers import Answers
from tests.connectors.rest.test_values import BRISBANE
from tests.connectors.stand_ins import Held, served

ONCE = Retry(first_wait=0.0, tries=1)
PEOPLE = [AUSTRALIAN, NEW_ZEALANDER, replace(AUSTRALIAN, status="Terminated"), Employee(None, None)]
FILES = 40


def made(seed: int, folder: Path) -> System | None:
    """Return a made system; None when the check refuses its file."""
    (folder / "made.yaml").write_text(json.dumps(Maker(Random(seed)).description(), indent=1))  # noqa: S311
    try:
        return loader.load_system(folder / "made.yaml")
    except CatalogueError:
        return None


async def use(system: System, random: Random) -> None:
    """Read from the system and write to it, as a run does; what it answers may be a ConnectorError and nothing else."""
    connector = loader.make_connector(system)
    blank = {name: "h" for name, setting in system.description.settings.items() if setting.type == "text"}
    given = {name: value for name, value in blank.items() if not system.description.settings[name].choices}
    people = list(PEOPLE)
    async with served(Answers(random, system.description)) as stand_in:
        settings = connector.settings.model_validate(given | {"url": stand_in.url})
        if connector.source is not None:
            async with connector.source(settings, Held(), retry=ONCE, locality=BRISBANE) as source:
                people += await read(source)
        if connector.target is not None:
            async with connector.target(settings, Held(), retry=ONCE, locality=BRISBANE) as target:
                await write(target, people)


async def read(source: Any) -> list[Employee]:
    people: list[Employee] = []
    with suppress(ConnectorError):
        await source.check()
    try:
        async for page in source.read(lambda ids: dict.fromkeys(ids, "1")):
            people += [record.employee for record in page if record.employee is not None]
    except ConnectorError:
        pass
    with suppress(ConnectorError):
        await source.read_one("7")
    return people


async def write(target: Any, people: Sequence[Employee]) -> None:
    prepared = [target.prepare("7", employee) for employee in people]
    requests = [target.check(), target.find("7")]
    requests += [target.create(each) for each in prepared]
    requests += [target.update("7", each, None) for each in prepared]
    if hasattr(target, "create_many"):
        requests.append(target.create_many(prepared[:2]))
    if hasattr(target, "update_many"):
        requests.append(target.update_many([Update("7", prepared[0], None), Update("8", prepared[1], None)]))
    if isinstance(target, FindsExternalId):
        requests.append(target.find_external("7"))
    if isinstance(target, CreatesOnce):
        requests.append(target.create_once(prepared[0], "key"))
    for request in requests:
        with suppress(ConnectorError):
            await request
    try:
        async for _ in target.list():
            pass
    except ConnectorError:
        pass


@pytest.mark.parametrize("block", range(5))
async def test_what_is_accepted_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("connectors.rest.client.capabilities.BUSY_SECONDS", (0.0,))
    monkeypatch.setattr("connectors.rest.client.updates.following.PAUSES", (0.0,))
    accepted = 0
    for seed in range(block * FILES, (block + 1) * FILES):
        if (system := made(seed, tmp_path)) is not None:
            accepted += 1
            try:
                await use(system, Random(seed))  # noqa: S311
            except Exception as error:
                error.add_note(f"seed {seed}")
                raise
    assert accepted > FILES / 3
