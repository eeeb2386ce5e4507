"""Versions of a mapping: saved once, merged with each other, restored, refused as a whole, and guarded by rights."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.mapping import document as documents
from core.mapping import drafts, rights, versions
from core.mapping.document import MappingDocument, MappingFaultsError
from core.mapping.rights import ConfirmationNeededError
from core.models import Audit, Connection, Job, Plan, PlanState, Role, Run, RunKind, RunStatus, Trigger
from core.runs import lease
from core.runs import request as run_request
from core.security.actor import ActingRole, Actor
from harness import world

TITLE: dict[str, Any] = {"name": "title", "value": "Dr"}
PREFERRED: dict[str, Any] = {"name": "preferredName", "from": ["preferred_name", "first_name"]}


@pytest.fixture
def connection(sqlite_store: str) -> int:
    return world.active_connection()


def admin(connection: int, name: str = "alex", role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    with reading() as session:
        account_id = session.get_one(Connection, connection).account_id
    user_id = world.person(account_id, Role.ACCOUNT_ADMIN, username=name)
    return Actor(name, role, user_id, account_id)


def mapping(*fields: dict[str, Any], **more: object) -> MappingDocument:
    return documents.from_json({"connector": "ipayroll", "fields": list(fields), **more})


def test_a_connection_starts_with_the_file_as_it_is(connection: int) -> None:
    version = versions.get(admin(connection), connection)
    assert (version.number, version.document.fields) == (0, ())
    assert version.title == "Version 0, the connector file as it is"


def test_versions_are_kept_and_restoring_makes_a_new_one(connection: int) -> None:
    alex = admin(connection)
    assert versions.save(alex, connection, mapping(TITLE), "doctors", based_on=0).number == 1
    assert versions.save(alex, connection, mapping(TITLE, PREFERRED), based_on=1).number == 2
    assert versions.restore(alex, connection, 1).number == 3
    first, second, third = (versions.get(alex, connection, number) for number in (1, 2, 3))
    assert first.digest == third.digest != second.digest
    assert (third.based_on, third.note, first.author) == (2, "Version 1 again.", "Alex")
    assert [version.number for version in versions.list_versions(alex, connection)] == [3, 2, 1, 0]
    assert versions.restore(alex, connection, 0).number == 4
    assert versions.get(alex, connection).digest == versions.get(alex, connection, 0).digest
    with reading() as session:
        actions = list(session.scalars(select(Audit.action).order_by(Audit.id)))
    assert actions == ["mapping.save", "mapping.save", "mapping.restore", "mapping.restore"]
    for number in (5, -1, 2**40):
        with pytest.raises(NotFoundError, match="has no version"):
            versions.get(alex, connection, number)


def test_two_people_who_change_different_fields_both_win(connection: int) -> None:
    alex, grace = admin(connection), admin(connection, "grace")
    versions.save(alex, connection, mapping(TITLE), based_on=0)
    saved = versions.save(grace, connection, mapping(PREFERRED), based_on=0)
    assert saved.remark is not None and "Alex saved version 1 meanwhile" in saved.remark
    fields = {change.name for change in versions.get(alex, connection).document.fields}
    assert fields == {"title", "preferredName"}


def test_two_people_who_change_one_field_are_shown_both(connection: int) -> None:
    alex, grace = admin(connection), admin(connection, "grace")
    versions.save(alex, connection, mapping(TITLE), based_on=0)
    with pytest.raises(
        versions.OverlapError, match=r"Alex saved version 1 .* changed `title` too"
    ) as refused:
        versions.save(grace, connection, mapping({"name": "title", "value": "Prof"}), based_on=0)
    (overlap,) = refused.value.overlaps
    assert (overlap.ours, overlap.theirs) == ({"name": "title", "value": "Prof"}, TITLE)
    assert versions.get(alex, connection).number == 1
    assert (
        versions.save(grace, connection, mapping({"name": "title", "value": "Prof"}), based_on=1).number == 2
    )


def test_somebody_who_gives_a_field_back_is_not_overruled(connection: int) -> None:
    alex, grace = admin(connection), admin(connection, "grace")
    versions.save(alex, connection, mapping(TITLE, PREFERRED), based_on=0)
    versions.save(grace, connection, mapping(PREFERRED), based_on=1)
    with pytest.raises(versions.OverlapError, match="theirs is “as in the file”"):
        versions.save(alex, connection, mapping({"name": "title", "value": "Mx"}, PREFERRED), based_on=1)


def test_the_same_mapping_is_not_saved_again(connection: int) -> None:
    alex = admin(connection)
    with pytest.raises(InvalidError, match="the same as version 0"):
        versions.save(alex, connection, mapping({"name": "title", "value": None}), based_on=0)
    assert versions.get(alex, connection).number == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "connector: keypay",
            "Line 1: This mapping is for `keypay`, and the target of this connection is `ipayroll`",
        ),
        ("form: 2\nconnector: ipayroll", "Line 1: This mapping was exported by a newer version of iHUB"),
        (
            "connector: ipayroll\nfields:\n- {name: titel, value: Dr}",
            "Line 3: iPayroll has no field `titel`. Did you",
        ),
        (
            "connector: ipayroll\nfields:\n- name: title\n  template: '{surnam}'",
            "Line 4: An employee has no `surnam`.",
        ),
        (
            "connector: ipayroll\nfields:\n- name: title\n  map: {Dr: D, ' dr ': E}",
            "Line 4: ` dr ` and `Dr` are one value",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: title, value: Dr}\n- {name: title, send: false}",
            "Line 4: `title` is",
        ),
        ("connector: ipayroll\nfields:\n- {name: surname, send: false}", "Line 3: `surname` is required"),
        (
            "connector: ipayroll\nfields:\n- {name: birthDate, type: text}",
            "Line 3: The connector's file alone says",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: surname, required: false}",
            "Line 3: `surname` is required in the",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: taxNumber, sensitive: false}",
            "Line 3: `taxNumber` is sensitive in",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: title, from: au_tax.tfn}",
            "Line 3: `au_tax.tfn` is sensitive, and",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: taxNumber, value: '876543210'}",
            "all who see the mapping would see",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: title, from: date_of_birth}",
            "Line 3: `date_of_birth` is sensitive, and",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: title, template: 'Born {date_of_birth}'}",
            "Line 3: `date_of_birth` is sensitive, and",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: title, from: emergency_contacts.0.mobile}",
            "Line 3: `emergency_contacts.0.mobile` is sensitive, and",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: bankAccountNumber, from: bank_accounts.0.number,\n"
            "  steps: [{replace: [{find: '1', with: '876543210', whole: true}]}]}",
            "all who see the mapping would see",
        ),
        (
            "connector: ipayroll\nfields:\n- {name: taxNumber, steps: [tidy]}",
            "filled by the connector's own code",
        ),
        ("connector: ipayroll\nfields:\n- {name: title, value: ''}", "Line 3: The value is not a value for"),
        (
            "connector: ipayroll\nfields:\n- {name: birthDate, value: soon}",
            "not a value for a field of the type date",
        ),
        ("- 1", "Line 1: The file has to hold names with values"),
    ],
)
def test_a_mapping_with_a_fault_is_refused_as_a_whole(connection: int, text: str, sentence: str) -> None:
    alex = admin(connection)
    with pytest.raises(MappingFaultsError) as refused:
        versions.import_yaml(alex, connection, text)
    assert sentence in str(refused.value)
    assert versions.get(alex, connection).number == 0


def test_a_value_of_a_sensitive_field_is_not_even_kept_in_a_draft(connection: int) -> None:
    alex = admin(connection)
    with pytest.raises(MappingFaultsError, match="all who see the mapping would see"):
        drafts.put(alex, connection, mapping({"name": "taxNumber", "value": "876543210"}), based_on=0)
    assert drafts.get(alex, connection) is None


def test_a_number_in_a_note_is_masked(connection: int) -> None:
    alex = admin(connection)
    versions.save(alex, connection, mapping(TITLE), "TFN 876 543 210 of ann@x.nz, 2 people", based_on=0)
    assert versions.get(alex, connection).note == "TFN ••• of •••, 2 people"


def test_what_is_exported_can_be_imported(connection: int) -> None:
    alex = admin(connection)
    versions.save(
        alex, connection, mapping(TITLE, {**PREFERRED, "steps": ["tidy", {"case": "upper"}]}), based_on=0
    )
    exported = versions.export_yaml(alex, connection)
    versions.restore(alex, connection, 0)
    versions.import_yaml(alex, connection, exported)
    assert versions.get(alex, connection).digest == versions.get(alex, connection, 1).digest


def test_another_source_of_an_identifying_field_asks_twice(connection: int) -> None:
    alex, changed = (
        admin(connection),
        mapping({"name": "firstNames", "from": ["preferred_name", "first_name"]}),
    )
    with pytest.raises(ConfirmationNeededError, match="First names: employees are matched by this"):
        versions.save(alex, connection, changed, based_on=0)
    assert versions.save(alex, connection, changed, based_on=0, confirmed=True).number == 1


def test_only_people_who_approve_such_runs_change_bank_tax_and_identity(connection: int) -> None:
    support = admin(connection, "sam", ActingRole.SUPPORT)
    assert versions.get(support, connection).number == 0
    with pytest.raises(ForbiddenError):
        versions.save(support, connection, mapping(TITLE), based_on=0)
    with transaction() as session:
        session.execute(update(Job).values(settings={"limits": {"people_for_bank": 1}}))
    with reading() as session:
        account_id = session.get_one(Connection, connection).account_id
    operator = Actor("command line", ActingRole.OPERATOR, None, account_id)
    not_sent = mapping({"name": "bankAccountNumber", "send": False})
    with pytest.raises(ForbiddenError, match="A person has to approve changed bank accounts"):
        versions.save(operator, connection, not_sent, based_on=0)
    assert versions.save(admin(connection), connection, not_sent, based_on=0).number == 1


def test_plans_of_older_versions_are_closed(connection: int) -> None:
    alex = admin(connection)
    run_id = run_request.request(connection, Trigger.MANUAL, kind=RunKind.PREVIEW)
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.status, kept_until = RunStatus.COMPLETE, run.created_at.replace(year=2199)
        session.add(Plan(run_id=run_id, breaches=[], kept_until=kept_until))
        session.flush()
        applying = Run(account_id=run.account_id, connection_id=connection, trigger=Trigger.MANUAL)
        session.add(applying)
        session.flush()
        session.add(
            Plan(
                run_id=_ended_run(session, run),
                breaches=[],
                state=PlanState.APPROVED,
                kept_until=kept_until,
                applied_by_run_id=applying.id,
            )
        )
    versions.save(alex, connection, mapping(TITLE), based_on=0)
    with reading() as session:
        assert session.get_one(Plan, run_id).state is PlanState.EXPIRED
        ended = session.get_one(Run, applying.id)
        assert ended.status is RunStatus.CANCELLED
        assert ended.message is not None and "a new version of the mapping" in ended.message


def _ended_run(session: Any, like: Run) -> int:
    ended = Run(account_id=like.account_id, connection_id=like.connection_id, trigger=Trigger.MANUAL)
    ended.status = RunStatus.HELD
    session.add(ended)
    session.flush()
    return ended.id


def test_a_run_keeps_the_version_with_which_it_was_first_claimed(connection: int) -> None:
    alex = admin(connection)
    versions.save(alex, connection, mapping(TITLE), based_on=0)
    run_id = run_request.request(connection, Trigger.MANUAL)
    assert _version(run_id) is None
    claimed = lease.claim(run_id)
    assert claimed is not None and _version(run_id) == 1
    versions.save(alex, connection, mapping(PREFERRED), based_on=1)
    lease.release(claimed)
    assert lease.claim(run_id) is not None
    assert _version(run_id) == 1


def _version(run_id: int) -> int | None:
    with reading() as session:
        return session.get_one(Run, run_id).mapping_version


def test_drafts_belong_to_one_person_each(connection: int) -> None:
    alex, grace = admin(connection), admin(connection, "grace")
    unusable = mapping({"name": "xyz", "value": "x"})
    drafts.put(alex, connection, unusable, based_on=0)
    kept = drafts.get(alex, connection)
    assert kept is not None and documents.digest(kept.document) == documents.digest(unusable)
    assert versions.check(alex, connection, kept.document) == [
        "iPayroll has no field `xyz`. Remove this change, or name another field."
    ]
    assert drafts.get(grace, connection) is None
    drafts.put(alex, connection, mapping(TITLE), based_on=0)
    versions.save(alex, connection, mapping(TITLE), based_on=0)
    assert drafts.get(alex, connection) is None
    drafts.put(grace, connection, mapping(TITLE), based_on=0)
    drafts.discard(grace, connection)
    assert drafts.get(grace, connection) is None
    with pytest.raises(InvalidError, match="Drafts belong to people"):
        drafts.put(
            Actor("command line", ActingRole.OPERATOR, None, alex.account_id),
            connection,
            unusable,
            based_on=0,
        )


def test_two_savers_at_the_same_moment_do_not_both_win(
    connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alex, real = admin(connection), rights.require_allowed

    def race(session: Any, *arguments: Any) -> None:
        session.execute(update(Connection).values(mapping_version=7))
        real(session, *arguments)

    monkeypatch.setattr(rights, "require_allowed", race)
    with pytest.raises(ConflictError, match="at the same moment"):
        versions.save(alex, connection, mapping(TITLE), based_on=0)
    monkeypatch.undo()
    assert versions.get(alex, connection).number == 0


def test_custom_fields_are_those_of_the_connections_source(connection: int) -> None:
    alex = admin(connection)
    nickname = {"name": "preferredName", "from": "custom.nickname"}
    assert versions.save(alex, connection, mapping(nickname), based_on=0).number == 1
    for document, sentence in (
        (mapping({"name": "title", "from": "custom.gone"}), "The source has no `custom.gone`."),
        (mapping(nickname, scope={"at": "custom.gone", "is": ["x"]}), "An employee has no `custom.gone`."),
    ):
        with pytest.raises(MappingFaultsError, match=sentence):
            versions.save(alex, connection, document, based_on=1)
