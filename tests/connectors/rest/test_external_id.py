"""An employee is looked up by the id that we stored: by the path, or by a query that may find nobody or others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.errors import TemporaryError
from connectors.rest import loader
from connectors.rest.client.capabilities import ExternalIdTarget, target_class
from tests.connectors.described import QUICK
from tests.connectors.rest.test_checks import accepted, changed
from tests.connectors.rest.test_loader import refused
from tests.connectors.stand_ins import Held, reply, scripted

NUMBERED = {
    "  fields:\n": "  external_id: number\n  fields:\n    - {name: number, label: Number, from: employee_number}\n"
}
BY_QUERY = {
    "  create: {path: /people}\n": "  create: {path: /people}\n  by_external_id: {path: /people, "
    'query: {filter: "number eq {external_id}", top: 2}, record: people}\n'
} | NUMBERED
JO = {"id": 7, "last": "Citizen", "number": "A 1"}


async def looked_up(folder: Path, answer: bytes, external_id: str = "A 1") -> tuple[str | None, list[str]]:
    accepted(folder, BY_QUERY)
    system = loader.load_system(folder / "acme.yaml")
    async with scripted(answer) as stand_in:
        settings = system.form.model_validate({"url": stand_in.url, "company": "h"})
        target: Any = target_class(system.description)(system, settings, Held(), retry=QUICK)
        assert isinstance(target, ExternalIdTarget)
        async with target:
            record = await target.find_external(external_id)
    return None if record is None else record.target_id, [asked.path for asked in stand_in.asked]


async def test_an_employee_is_found_by_a_query(tmp_path: Path) -> None:
    others = {"people": [JO | {"id": 8, "number": "A 10"}, JO]}
    found, asked = await looked_up(tmp_path, reply(200, others))
    assert (found, asked) == ("7", ["/people?filter=number+eq+A+1&top=2"])


@pytest.mark.parametrize("answer", [reply(200, {"people": []}), reply(404)])
async def test_a_query_may_find_nobody(tmp_path: Path, answer: bytes) -> None:
    assert (await looked_up(tmp_path, answer))[0] is None


@pytest.mark.parametrize(
    "shown",
    [
        {"people": [JO | {"number": "A 10"}]},
        {"people": [JO, JO | {"id": 8}]},
        {"staff": []},
        {"people": None},
    ],
)
async def test_an_answer_about_somebody_else_is_not_nobody(tmp_path: Path, shown: dict[str, Any]) -> None:
    with pytest.raises(TemporaryError, match=r"showed (several|something else)"):
        await looked_up(tmp_path, reply(200, shown))


def test_the_id_is_in_the_path_or_in_the_query(tmp_path: Path) -> None:
    without = {old: new.replace("{external_id}", "1") for old, new in BY_QUERY.items()}
    [message] = refused(tmp_path, changed(without))
    assert message.startswith("line 15: The path, the query or `json` has to hold {external_id}, which")
    elsewhere = {"list: {path: /people}": 'list: {path: /people, query: {of: "{external_id}"}}'}
    [message] = refused(tmp_path, changed(elsewhere))
    assert "There is no setting `external_id`" in message
