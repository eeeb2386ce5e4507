"""The lists of a target are read by its own requests and kept with their age; what is chosen from them is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors import registry
from connectors.contract.choices import ListedChoice
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.jobs import tasks
from core.mapping import choices, versions
from core.mapping import document as documents
from core.mapping.document import MappingFaultsError
from core.mapping_editor import unused_choices
from core.models import Connection, Position, ReadChoices, Side
from core.security.actor import ActingRole, Actor
from core.security.vault import vault
from harness import world
from harness.sandbox import _served
from tests.core.cli.conftest import command  # noqa: F401 - a fixture
from tests.core.people.kept import entry, keep
from tests.core.sync.fakes import person

FILE = """\
kind: galley
name: Galley
summary: A payroll.
url: https://galley.example.com
requests_per_second: 1000
page_size: {default: 2}
authorisation: {kind: none}
settings:
  cycle: {title: Cycle, description: The pay cycle of new employees.}
check: {path: /me, id: number}
employees:
  id: key
  list: {path: /staff, paging: {kind: page, size_parameter: size}}
  get: {path: "/staff/{id}"}
  create: {path: /staff}
  update: {path: "/staff/{id}", sends: ours}
target:
  choices:
    cycles: {label: Pay cycles, list: {path: /cycles, records: rows, paging: {kind: page, size_parameter: size}}}
    sites: {label: Sites, list: {path: /sites}, id: code, name: title, by: name}
  fields:
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
    - {name: cycle, label: Pay cycle, setting: cycle, choices: cycles}
    - {name: site, label: Site, from: branch, choices: sites}
"""


@dataclass
class Galley:
    """A payroll with two lists."""

    cycles: list[dict[str, Any]] = field(default_factory=list)
    sites: Any = field(default_factory=list)
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """Return it as a web application."""
        return Starlette(routes=[Route("/cycles", self._cycles), Route("/sites", self._sites)])

    def _cycles(self, request: Request) -> Response:
        self.asked.append(str(request.url.query))
        size, page = int(request.query_params["size"]), int(request.query_params["page"])
        return JSONResponse({"rows": self.cycles[page * size :][:size]}, self.status)

    def _sites(self, _: Request) -> Response:
        return JSONResponse(self.sites)


@dataclass
class Place:
    """A connection to it, and who looks."""

    galley: Galley
    connection: int
    admin: Actor
    queued: list[int]


@pytest.fixture
def place(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Serve the payroll and connect it; tasks are noted instead of queued."""
    (tmp_path / "galley.yaml").write_text(FILE)
    monkeypatch.setenv("IHUB_CONNECTORS", str(tmp_path))
    registry.reload()
    queued: list[int] = []
    monkeypatch.setattr(choices, "enqueue_choices", queued.append)
    galley = Galley(
        [{"id": 9, "name": "Weekly"}, {"id": 7, "name": "monthly"}, {"id": 8, "name": "Fortnightly"}],
        [{"code": "b", "title": "Bar"}],
    )
    connection = world.active_connection(target="galley")
    with reading() as session:
        account_id = session.get_one(Connection, connection).account_id
    with _served(galley.app()) as port:
        with transaction() as session:
            settings = {"url": f"http://127.0.0.1:{port}", "page_size": 2}
            session.execute(
                update(Side)
                .where(Side.connection_id == connection, Side.position == Position.TARGET)
                .values(settings=settings, credentials=vault().seal({}))
            )
        yield Place(galley, connection, Actor("alex", ActingRole.ACCOUNT_ADMIN, None, account_id), queued)
    registry.reload()


def by_name(views: list[choices.ChoicesView]) -> dict[str, choices.ChoicesView]:
    return {view.name: view for view in views}


def side_id(connection: int) -> int:
    with reading() as session:
        return choices._target_side(session, connection).id


def test_lists_are_read_in_the_background_and_kept(place: Place) -> None:
    before = by_name(choices.list_choices(place.admin, place.connection))
    assert (before["cycles"].label, before["cycles"].entries, before["cycles"].read_at) == (
        "Pay cycles",
        (),
        None,
    )
    assert before["cycles"].settings == ("cycle",) and before["sites"].fields == ("site",)
    assert place.queued == [side_id(place.connection)]
    tasks.read_choices(place.queued.pop())
    after = by_name(choices.list_choices(place.admin, place.connection))
    assert after["cycles"].entries == (
        ListedChoice("8", "Fortnightly"),
        ListedChoice("7", "monthly"),
        ListedChoice("9", "Weekly"),
    )
    assert after["sites"].by_name and after["sites"].entries == (ListedChoice("Bar", "Bar"),)
    assert after["cycles"].read_at is not None and after["cycles"].problem is None
    assert not place.queued, "they are fresh"
    assert place.galley.asked[:2] == ["size=2&page=0", "size=2&page=1"], "paged as its employees are"


def test_a_list_that_is_an_hour_old_is_read_again_but_not_every_moment(place: Place) -> None:
    choices.refresh(place.admin, place.connection)
    with transaction() as session:
        session.execute(update(ReadChoices).values(read_at=now() - timedelta(hours=2)))
    choices.list_choices(place.admin, place.connection)
    assert not place.queued, "it was tried within the last minute"
    with transaction() as session:
        session.execute(update(ReadChoices).values(tried_at=now() - timedelta(minutes=2)))
    choices.list_choices(place.admin, place.connection)
    assert place.queued == [side_id(place.connection)]


def test_what_cannot_be_read_stays_as_it_was_with_its_age(place: Place) -> None:
    first = by_name(choices.refresh(place.admin, place.connection))
    place.galley.status, place.galley.sites = 403, [{"title": "Bar"}]
    after = by_name(choices.refresh(place.admin, place.connection))
    for name in ("cycles", "sites"):
        assert (after[name].entries, after[name].read_at) == (first[name].entries, first[name].read_at)
    assert "Galley" in (after["cycles"].problem or "")
    assert after["sites"].problem == "Galley listed one of its sites without an id. Try again later."
    place.galley.status, place.galley.sites = 200, []
    healed = by_name(choices.refresh(place.admin, place.connection))
    assert healed["sites"].entries == () and healed["sites"].problem is None


def test_the_list_of_another_organisation_does_not_count(place: Place) -> None:
    choices.refresh(place.admin, place.connection)
    with transaction() as session:
        session.execute(
            update(Side).where(Side.connection_id == place.connection).values(organisation_id="2")
        )
    assert by_name(choices.list_choices(place.admin, place.connection))["cycles"].read_at is None


def test_another_account_sees_none_of_it(place: Place) -> None:
    stranger = Actor("eve", ActingRole.ACCOUNT_ADMIN, None, world.account("Elsewhere"))
    for look in (choices.list_choices, choices.refresh):
        with pytest.raises(NotFoundError):
            look(stranger, place.connection)


def labels_of(place: Place) -> list[str | None]:
    choice = versions.get(place.admin, place.connection).document.fields[0].choice
    assert choice is not None
    return [choice.label, *(case.label for case in choice.cases)]


def test_a_mapping_chooses_only_what_the_list_has(place: Place) -> None:
    def save(**choice: Any) -> None:
        field = {"name": "cycle", "choice": {"of": "cycles"} | choice}
        document = documents.from_json({"connector": "galley", "fields": [field]})
        versions.save(
            place.admin,
            place.connection,
            document,
            based_on=versions.get(place.admin, place.connection).number,
        )

    save(id="not known yet")
    choices.refresh(place.admin, place.connection)
    save(id="9")
    assert labels_of(place) == ["Weekly"]
    with pytest.raises(InvalidError, match="Nothing was saved"):
        save(id="9")
    save(id="9", label="Every week")
    assert labels_of(place) == ["Every week"]
    cases = [{"when": {"at": "status", "is": ["Current"]}, "id": 7}]
    save(cases=cases, **{"else": "8"})
    assert labels_of(place) == [None, "monthly"]
    with pytest.raises(
        MappingFaultsError, match=r"`cycles` of the target has no `99`. Choose one of its entries."
    ):
        save(cases=cases, **{"else": "99"})
    with pytest.raises(
        MappingFaultsError, match=r"The target has no list `cyles`. Its lists are: `cycles`, `sites`."
    ):
        save(of="cyles", id="9")


def unused(place: Place) -> list[tuple[str, list[str]]]:
    found = unused_choices.list_unused(place.admin, place.connection)
    return [(each.label, [*each.entries]) for each in found]


def test_entries_that_nobody_gets_are_listed_by_what_the_employees_have(place: Place) -> None:
    place.galley.sites = [{"code": "b", "title": "Bar"}, {"code": "k", "title": "Kitchen"}]
    assert unused(place) == []
    choices.refresh(place.admin, place.connection)
    keep(
        place.connection,
        entry("a", person(1, branch="BAR")),
        entry("bb", person(2, status="Merged", branch="Kitchen")),
    )
    assert unused(place) == [("Sites", ["Kitchen"])]
    target = (Side.connection_id == place.connection, Side.position == Position.TARGET)
    with transaction() as session:
        side = session.scalars(select(Side).where(*target)).one()
        side.settings = side.settings | {"cycle": "9"}
    assert unused(place)[0] == ("Pay cycles", ["Fortnightly", "monthly"])

    def map_sites(**way: Any) -> None:
        document = documents.from_json({"connector": "galley", "fields": [{"name": "site"} | way]})
        number = versions.get(place.admin, place.connection).number
        versions.save(place.admin, place.connection, document, based_on=number)

    map_sites(map={"Bar": "Kitchen"})
    assert unused(place)[1] == ("Sites", ["Bar"])
    map_sites(**{"from": "position"})
    assert [label for label, _ in unused(place)] == ["Pay cycles"], "positions are not kept"
    map_sites(**{"from": "position", "map": {"Cook": "Kitchen"}})
    assert unused(place)[1] == ("Sites", ["Bar"])
    map_sites(choice={"of": "sites", "id": "Bar"})
    assert unused(place)[1] == ("Sites", ["Kitchen"])


def test_the_command_shows_them(place: Place, command: Any) -> None:  # noqa: F811
    assert "not read yet; add --refresh" in command("choices", place.connection).out
    answer = command("choices", place.connection, "--refresh")
    assert answer.code == 0 and "Pay cycles (cycles), read at" in answer.out and "9   Weekly" in answer.out
    place.galley.status = 500
    again = command("choices", place.connection, "--refresh", "--json")
    assert again.code == 1 and [each["name"] for each in again.object["lists"]] == ["cycles", "sites"]
