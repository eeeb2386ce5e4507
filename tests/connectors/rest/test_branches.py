"""A described source lists its branches and which of them lie below others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.contract.branches import BranchTree
from connectors.contract.capabilities import ListsBranches
from connectors.rest import loader
from core.sides.credentials import GivenAuthoriser
from tests.connectors.rest.staff import DESCRIPTION, TOKEN
from tests.connectors.stand_ins import reply, scripted

BRANCHES = """\
source:
  branches:
    list: {path: /places, records: rows}
    id: key
    name: title
    parent: above.key
"""
PLACES = [
    {"key": 1, "title": "West", "above": None},
    {"key": 2, "title": "Perth", "above": {"key": 1}},
    {"key": 3, "title": "Harbour", "above": {"key": 2}},
    {"key": 4, "title": "Round", "above": {"key": 5}},
    {"key": 5, "title": "About", "above": {"key": 4}},
    {"key": 6},
]


def opened(folder: Path, text: str, url: str = "https://staff.example.com") -> Any:
    file = folder / "staff.yaml"
    file.write_text(text)
    connector = loader.load_connector(file)
    assert connector.source is not None
    settings = connector.settings.model_validate({"url": url, "requests_per_second": 1000})
    return connector.source(settings, GivenAuthoriser(connector, {"api_key": TOKEN}))


TREE = [
    {"key": 1, "title": "West", "places": [{"key": 2, "title": "Perth", "places": [{"key": 3}, "odd"]}]},
    {"key": 6, "title": "East", "places": None},
]


async def test_a_tree_of_branches_is_read_with_all_that_is_inside(tmp_path: Path) -> None:
    described = BRANCHES.replace("parent: above.key", "children: places")
    description = DESCRIPTION.replace("source:\n", described, 1)
    listed = reply(200, {"rows": TREE})
    async with scripted(listed) as system, opened(tmp_path, description, system.url) as source:
        tree = BranchTree(await source.branches())
    assert tree.below("West") == {"1", "2", "3"}
    assert [each.path for each in tree.find("3")] == ["West > Perth > 3"]
    assert tree.below("6") == {"6"}


async def test_what_lies_below_a_branch_is_what_its_list_says(tmp_path: Path) -> None:
    description = DESCRIPTION.replace("source:\n", BRANCHES, 1)
    listed = reply(200, {"rows": PLACES})
    async with scripted(listed) as system, opened(tmp_path, description, system.url) as source:
        assert isinstance(source, ListsBranches)
        tree = BranchTree(await source.branches())
    assert tree.below("West") == {"1", "2", "3"}
    assert tree.below("4") == {"4", "5"}
    assert [each.path for each in tree.find("3")] == ["West > Perth > Harbour"]
    assert [(each.name, each.parent_id) for each in tree.find("6")] == [("6", None)]


def test_a_source_without_them_lists_none(tmp_path: Path) -> None:
    assert not isinstance(opened(tmp_path, DESCRIPTION), ListsBranches)


def test_a_list_of_branches_needs_the_settings_that_it_names(tmp_path: Path) -> None:
    text = DESCRIPTION.replace("source:\n", BRANCHES.replace("/places", '"/{unknown}/places"'), 1)
    with pytest.raises(loader.CatalogueError) as refused:
        opened(tmp_path, text)
    assert "There is no setting `unknown`." in " ".join(refused.value.sentences)
