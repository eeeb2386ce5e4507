"""The connectors of docs/add-a-system.md work as they are printed there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import connectors
from connectors import registry
from connectors.contract.connector import Connector, SideSettings
from connectors.contract.employee import Employee, EmploymentStatus, SuperFund
from connectors.contract.fields import FieldType
from connectors.rest import paths
from connectors.rest.__main__ import schema
from connectors.rest.translation.to_target import EmployeePreparer
from connectors.values.normalise import BY_FORMAT
from tests.connectors.rest.test_values import OFFICE, loaded
from tests.connectors.stand_ins import Held, reply, scripted
from tests.connectors.suites import read_all

PAGE = Path(__file__).parents[2] / "docs" / "add-a-system.md"
FILE = re.compile(r"^`connectors/example/(\w+\.py)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connector]:
    """Write the files of the page and let the registry find them."""
    folder = tmp_path / "example"
    folder.mkdir()
    for name, text in FILE.findall(PAGE.read_text()):
        (folder / name).write_text(text)
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    registry.reload()
    yield registry.connector_of("example")
    registry.reload()
    for name in [name for name in sys.modules if name.startswith("connectors.example")]:
        del sys.modules[name]
    vars(connectors).pop("example", None)


async def test_the_printed_connector_reads_people(example: Connector) -> None:
    assert list(example.roles()) == ["source"]
    assert example.source is not None
    people = [{"id": 1, "first": "Jane", "last": "Citizen", "changed": "7"}, {"id": 2}]
    async with (
        scripted(reply(200, {"id": 5, "name": "Example Ltd"}), reply(200, people)) as system,
        example.source(example.settings.model_validate({"url": system.url}), Held()) as source,
    ):
        assert (await source.check()).name == "Example Ltd"
        records = await read_all(source)
    assert [(record.source_id, record.name, record.source_version) for record in records] == [
        ("1", "Jane Citizen", "7"),
        ("2", "", None),
    ]
    assert records[1].problem is not None


DESCRIPTION = re.compile(r"^`acme\.yaml`\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connector]:
    """Write the file of the page into a folder of the operator and let the registry find it."""
    [text] = DESCRIPTION.findall(PAGE.read_text())
    (tmp_path / "acme.yaml").write_text(text)
    monkeypatch.setenv("IHUB_CONNECTORS", str(tmp_path))
    registry.reload()
    yield registry.connector_of("acme")
    registry.reload()


async def test_the_printed_file_reads_people_and_writes_them_back(acme: Connector) -> None:
    assert list(acme.roles()) == ["source", "target"]
    assert acme.source is not None
    assert acme.target is not None
    jo = {
        "id": 1,
        "number": "7",
        "name": {"first": "Jo", "last": "Citizen"},
        "born": "1990-02-03",
        "sex": "F",
        "changed": 4,
    }
    answers = [
        reply(200, {"id": "h", "title": "Harbour Foods"}),
        reply(200, {"people": [jo | {"since": "2024-07-01"}], "next": None}),
        reply(201, {"id": 2}),
        reply(422, {"errors": [{"text": "Too young"}]}),
    ]
    async with scripted(*answers) as system:
        settings = acme.settings.model_validate({"url": f"{system.url}/v1", "company": "har bour"})
        async with acme.source(settings, Held()) as source, acme.target(settings, Held()) as target:
            assert (await source.check()).name == "Harbour Foods"
            [record] = await read_all(source)
            assert record.employee is not None
            prepared = target.prepare(record.source_id, record.employee)
            assert prepared.problems == ()
            assert (await target.create(prepared)).target_id == "2"
            refused = (await target.create(prepared)).problem
    assert refused is not None
    assert refused.message == "Acme refused this employee: Too young."
    assert [asked.path for asked in system.asked][:2] == [
        "/v1/companies/har%20bour",
        "/v1/companies/har%20bour/people?limit=100",
    ]
    assert system.asked[2].json == {
        "number": "7",
        "name": {"first": "Jo", "last": "Citizen"},
        "born": "1990-02-03",
        "since": "2024-07-01",
        "sex": "F",
    }


def test_the_page_names_everything_that_a_file_can_say() -> None:
    """Each part of a description, each format and each value of an employee is on the page, or on that of the steps."""
    text = PAGE.read_text() + PAGE.with_name("mapping-steps.md").read_text()
    parts = {name for part in json.loads(schema())["$defs"].values() for name in part.get("properties", {})}
    plain = "at is is_not there least most iso_dates source_label details remark more of field"
    for name in {*paths.employee_paths(), *BY_FORMAT, *FieldType, *EmploymentStatus}:
        assert f"`{name}`" in text, name
    missing = {name for name in parts - {*plain.split()} if not re.search(rf"\b{name}\b", text)}
    assert missing == set()


def test_the_fields_on_the_page_of_the_steps_work_as_printed() -> None:
    [block] = re.findall(r"^```yaml\n(.*?)^```$", PAGE.with_name("mapping-steps.md").read_text(), re.M | re.S)
    system = loaded(OFFICE.partition("target:\n")[0] + block)
    prepare = EmployeePreparer(system, SideSettings()).prepare
    own = SuperFund("SMSF", "Own Fund", None, None, None)
    jo = Employee(
        "JO", "Citizen", preferred_name=" JOJO ", branch="412-Sydney", position="Cook", super_funds=(own,)
    )
    made = prepare("1", jo)
    assert not made.problems and not made.warnings
    assert made.values == {
        "first": "Jojo",
        "full": "JO Citizen (Cook)",
        "costCentre": "Kitchen",
        "fund": "Own Fund",
    }
    assert prepare("1", Employee("Jo", "Citizen")).values == {
        "first": "Jo",
        "full": "Jo Citizen",
        "costCentre": "Office",
    }
    assert [each.code for each in prepare("1", replace(jo, branch="999")).warnings] == ["NO_VALUE_MAP"]
