"""A run uses the mapping that it pinned: what is sent, what a preview of a draft says, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors import registry
from connectors.contract.source_fields import SourceField
from connectors.rest import loader
from connectors.rest.employee_places import EmployeePlaces
from core.db import reading, transaction
from core.errors import ConflictError
from core.mapping import checking, previews, versions
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.models import Connection, Decision, MappingPreview, Pairing, Plan, Run, RunKind, RunStatus
from core.review import approvals
from core.scope import rules as scope_rules
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.connectors.rest import roster
from tests.core.sync.described import DescribedHub
from tests.core.sync.fakes import person

FIELDS = """\
    - {name: role, label: Role, from: position}
    - {name: code, label: Code, from: branch_id}
"""


@pytest.fixture
def hub(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DescribedHub]:
    with roster.running() as running:
        made = DescribedHub(
            active_connection(target="roster"),
            roster=running,
            description=roster.DESCRIPTION + FIELDS,
        )
        (tmp_path / "roster.yaml").write_text(made.description)
        monkeypatch.setenv(loader.FOLDERS_VARIABLE, str(tmp_path))
        registry.reload()
        for number in range(3):
            made.source.put(f"s{number}", person(number, position="Cook", branch_id=f"B{number}"))
        yield made
    monkeypatch.undo()
    registry.reload()


def save(hub: DescribedHub, *fields: dict[str, Any]) -> int:
    with reading() as session:
        based_on = session.get_one(Connection, hub.connection_id).mapping_version
    saved = versions.save(OPERATOR, hub.connection_id, mapping(*fields), based_on=based_on, confirmed=True)
    return saved.number


def mapping(*fields: dict[str, Any]) -> MappingDocument:
    return documents.from_json({"connector": "roster", "fields": list(fields)})


def roles(hub: DescribedHub) -> list[Any]:
    return [each.get("role") for each in hub.roster.people.values()]


def test_what_the_mapping_says_is_sent_and_rolling_back_sends_the_old_again(hub: DescribedHub) -> None:
    hub.run()
    assert roles(hub) == ["Cook"] * 3
    assert save(hub, {"name": "role", "template": "{position} {branch_id}"}) == 1
    mapped = hub.run()
    assert (mapped.counters.updated, roles(hub)) == (3, ["Cook B0", "Cook B1", "Cook B2"])
    assert hub.row(mapped.id).mapping_version == 1
    assert hub.run().counters.unchanged == 3
    versions.restore(OPERATOR, hub.connection_id, 0)
    assert hub.run().counters.updated == 3
    assert roles(hub) == ["Cook"] * 3


BADGE = SourceField("custom.badge", "Badge", example="B-1")
SHOWS_BADGE = (
    {"name": "role", "from": "custom.badge"},
    {"name": "role", "template": "Cook {custom.badge}"},
    {"name": "role", "cases": [{"when": {"at": "custom.badge", "is": ["B-0"]}, "value": "Chef"}]},
    {"name": "role", "from": [{"at": "custom.badge", "map": {"B-0": "Chef"}}, "position"]},
)


@pytest.mark.parametrize("change", SHOWS_BADGE, ids=["from", "template", "condition", "value map"])
def test_a_mapping_of_a_custom_field_that_is_sensitive_by_now_sends_nothing(
    hub: DescribedHub, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "source_places", lambda *_: EmployeePlaces([BADGE]))
    hub.source.custom_fields = [BADGE]
    for number in range(3):
        hub.source.edit(f"s{number}", custom={"badge": f"B-{number}"})
    save(hub, change)
    assert hub.run().status is RunStatus.COMPLETE
    before = [dict(each) for each in hub.roster.people.values()]
    hub.source.custom_fields = [replace(BADGE, sensitive=True)]
    hub.source.edit("s0", custom={"badge": "B-777"}, mobile="0411 000 111")
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and "sensitive" in ended.message and "777" not in ended.message
    assert [dict(each) for each in hub.roster.people.values()] == before


def test_a_file_that_shows_what_the_source_calls_sensitive_sends_nothing(hub: DescribedHub) -> None:
    hub.description = hub.description.replace("from: position", "from: custom.badge")
    hub.source.custom_fields = [replace(BADGE, sensitive=True)]
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and "`custom.badge` is sensitive" in ended.message
    assert not hub.roster.people


def test_a_field_that_is_not_sent_is_neither_written_nor_compared(hub: DescribedHub) -> None:
    save(hub, {"name": "role", "send": False})
    hub.run()
    assert roles(hub) == [None] * 3
    next(iter(hub.roster.people.values()))["role"] = "Chef"
    for source_id, employee in dict(hub.source.people).items():
        hub.source.put(source_id, employee)
    assert hub.run().counters.unchanged == 3


def test_a_preview_of_a_draft_says_what_is_due_to_the_draft(hub: DescribedHub) -> None:
    hub.run()
    hub.source.edit("s0", surname="Other")
    draft = mapping(
        {"name": "role", "cases": [{"when": {"at": "branch_id", "is": ["B0", "B1"]}, "value": "Chef"}]}
    )
    run_id = previews.store(OPERATOR, hub.connection_id, draft, based_on=0)
    hub.execute(run_id)
    ended = hub.ended(run_id)
    assert "2 would be updated, of which 1 only because of the mapping." in ended.message
    found = previews.latest(OPERATOR, hub.connection_id)
    assert found is not None and (found.run_id, found.only_by_mapping) == (run_id, 1)
    assert roles(hub) == ["Cook"] * 3
    with pytest.raises(ConflictError, match="expired"):
        approvals.approve(OPERATOR.within(hub.row(run_id).account_id), run_id)
    assert hub.run().counters.updated == 1  # the draft has left nothing behind
    saved = versions.save(OPERATOR, hub.connection_id, draft, based_on=0)
    assert versions.get(OPERATOR, hub.connection_id, saved.number).preview_run_id == run_id


@pytest.mark.parametrize(
    ("in_force", "draft"),
    [
        (
            {"fields": [{"name": "role", "owner": "target"}]},
            {"fields": [{"name": "role", "owner": "source"}]},
        ),
        ({"scope": {"at": "branch_id", "is": ["B1", "B2"]}}, {"scope": scope_rules.EVERYBODY}),
    ],
    ids=["owner", "scope"],
)
def test_an_update_is_due_to_the_draft_also_where_its_owners_or_its_scope_ask_for_it(
    hub: DescribedHub, in_force: dict[str, Any], draft: dict[str, Any]
) -> None:
    hub.run()
    based_on = {"connector": "roster"}
    versions.save(OPERATOR, hub.connection_id, documents.from_json(based_on | in_force), based_on=0)
    hub.run()
    next(iter(hub.roster.people.values()))["role"] = "Chef"
    run_id = previews.store(OPERATOR, hub.connection_id, documents.from_json(based_on | draft), based_on=1)
    hub.execute(run_id)
    assert "1 would be updated, of which 1 only because of the mapping." in hub.ended(run_id).message


def test_previews_of_two_drafts_do_not_stand_for_each_other(hub: DescribedHub) -> None:
    drafts = [mapping({"name": "role", "value": value}) for value in ("X", "Y", "X")]
    first, second, again = (previews.store(OPERATOR, hub.connection_id, each, based_on=0) for each in drafts)
    assert first == again != second != hub.request(RunKind.PREVIEW)


def test_the_basis_of_decisions_changes_with_the_version_and_comes_back(hub: DescribedHub) -> None:
    def fingerprint() -> bytes | None:
        with reading() as session:
            return session.scalars(select(Pairing.config_fingerprint)).one()

    hub.run()
    first = fingerprint()
    hub.execute(
        previews.store(OPERATOR, hub.connection_id, mapping({"name": "role", "value": "X"}), based_on=0)
    )
    assert fingerprint() == first
    save(hub, {"name": "role", "value": "X"})
    hub.run()
    assert fingerprint() != first
    versions.restore(OPERATOR, hub.connection_id, 0)
    hub.run()


def test_a_mapping_that_no_longer_fits_the_file_lets_no_run_start(hub: DescribedHub) -> None:
    save(hub, {"name": "code", "value": "7"})
    hub.description = hub.description.replace("name: code, label: Code", "name: kode, label: Code")
    run_id = hub.request()
    hub.execute(run_id)
    ended = hub.row(run_id)
    assert ended.status is RunStatus.ERROR and ended.read == 0
    assert "Roster has no field `code`. Did you mean `kode`?" in (ended.message or "")
    assert hub.roster.people == {}
    assert versions.get(OPERATOR, hub.connection_id).number == 1


def test_nobody_gets_a_value_that_somebody_else_has(hub: DescribedHub) -> None:
    save(hub, {"name": "code", "from": "branch_id", "unique": True})
    hub.source.edit("s2", branch_id="b1")
    first = hub.run()
    assert first.reasons() == {"s0": None, "s1": "NOT_UNIQUE", "s2": "NOT_UNIQUE"}
    assert first.decisions()["s1"] is Decision.FILTERED
    hub.source.edit("s2", branch_id="B0")
    assert hub.run().reasons() == {"s0": None, "s1": None, "s2": "NOT_UNIQUE"}
    hub.source.edit("s2", branch_id="B2")
    assert hub.run().reasons() == {"s0": None, "s1": None, "s2": None}


def test_the_letters_of_an_exact_field_count(hub: DescribedHub) -> None:
    hub.run()
    save(hub, {"name": "role", "steps": [{"case": "upper"}]})
    assert hub.run().counters.updated == 0
    save(hub, {"name": "role", "steps": [{"case": "upper"}], "exact": True})
    assert hub.run().counters.updated == 3
    assert roles(hub) == ["COOK"] * 3
    assert hub.run().counters.updated == 0


def test_a_plan_is_not_applied_under_another_version(hub: DescribedHub) -> None:
    preview = hub.run(RunKind.PREVIEW)
    with reading() as session:
        account_id = session.get_one(Run, preview.id).account_id
    new = approvals.approve(OPERATOR.within(account_id), preview.id)
    assert new is not None and hub.row(new).mapping_version == 0
    save(hub, {"name": "role", "value": "X"})
    assert hub.row(new).status is RunStatus.CANCELLED
    with transaction() as session:
        assert session.get_one(Plan, preview.id).applied_by_run_id == new
        assert session.scalars(select(MappingPreview)).first() is None


def test_a_plan_made_under_an_earlier_version_is_not_approved(hub: DescribedHub) -> None:
    """A run that was reading while somebody saved keeps its plan after the save has closed the others."""
    preview = hub.run(RunKind.PREVIEW)
    actor = OPERATOR.within(hub.row(preview.id).account_id)
    with transaction() as session:
        session.get_one(Connection, hub.connection_id).mapping_version = 1
    with pytest.raises(ConflictError, match="mapping"):
        approvals.approve(actor, preview.id)


def test_a_preview_of_a_draft_leaves_the_plan_of_another_preview_open(hub: DescribedHub) -> None:
    preview = hub.run(RunKind.PREVIEW)
    run_id = previews.store(OPERATOR, hub.connection_id, mapping({"name": "role", "value": "X"}), based_on=0)
    hub.execute(run_id)
    assert hub.ended(run_id).status is RunStatus.COMPLETE
    assert hub.kept(preview.id)
    approvals.approve(OPERATOR.within(hub.row(preview.id).account_id), preview.id)
