"""A few employees under a draft: read by a worker, masked, kept encrypted for minutes, and each person's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors.contract.employee import AustralianTax
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.mapping import sample_reading, samples
from core.models import Connection, MappingSample, Role
from core.queue import task_queue
from core.security.actor import ActingRole, Actor
from core.sides import systems
from harness import world
from tests.core.sync.described import DescribedHub
from tests.core.sync.plan.test_mapped import hub, mapping

__all__ = ["hub"]


@pytest.fixture
def admin(hub: DescribedHub, monkeypatch: pytest.MonkeyPatch) -> Actor:
    monkeypatch.setattr(task_queue, "enqueue_mapping_sample", lambda _sample_id: True)
    monkeypatch.setattr(systems, "load_system_pair", lambda _connection_id: hub._systems())
    with reading() as session:
        account_id = session.get_one(Connection, hub.connection_id).account_id
    user_id = world.person(account_id, Role.ACCOUNT_ADMIN, username="alex")
    return Actor("alex", ActingRole.ACCOUNT_ADMIN, user_id, account_id)


def read(hub: DescribedHub, admin: Actor, source_ids: list[str], *fields: dict[str, Any]) -> samples.Sample:
    sample_id = samples.request(admin, hub.connection_id, mapping(*fields), source_ids)
    assert samples.get(admin, sample_id).people is None
    sample_reading.read(sample_id)
    return samples.get(admin, sample_id)


def test_source_sent_and_held_are_shown_and_secrets_are_not(hub: DescribedHub, admin: Actor) -> None:
    hub.run()
    hub.source.edit("s0", au_tax=AustralianTax(tfn="865417771"))
    found = read(hub, admin, ["s0", "s9"], {"name": "role", "template": "{position} {branch_id}"})
    assert found.failure is None and found.people is not None
    person, unknown = found.people
    fields = {field.name: field for field in person.fields}
    role, tfn, born = fields["role"], fields["tfn"], fields["born"]
    assert role.source == (("position", "Cook"), ("branch_id", "B0"))
    assert (role.sent, role.held, role.is_sent, person.is_linked) == ("Cook B0", "Cook", True, True)
    assert (role.standing, tfn.standing, born.standing) == ("written", "written", "same")
    assert (tfn.source, tfn.sent, tfn.held) == ((("au_tax.tfn", "••• 771"),), "••• 771", "••• 000")
    assert (born.source[0][1], born.sent) == ("•••", "•••")
    assert unknown.failure == "The source has no employee with this id."
    with reading() as session:
        kept = session.scalars(select(MappingSample)).one()
    assert kept.result is not None and b"Cook" not in kept.result and "Cook" not in str(kept.request)


def test_formatting_is_no_change_and_what_belongs_to_payroll_is_not_sent(
    hub: DescribedHub, admin: Actor
) -> None:
    hub.run()
    louder = {"name": "role", "from": "position", "steps": [{"case": "upper"}]}
    found = read(
        hub, admin, ["s0"], louder, {"name": "code", "template": "{branch_id}-{position}", "owner": "once"}
    )
    assert found.people is not None
    fields = {field.name: field for field in found.people[0].fields}
    assert (fields["role"].sent, fields["role"].held, fields["role"].standing) == ("COOK", "Cook", "same")
    assert fields["code"].standing == "kept"


def test_the_value_after_each_step_is_shown_and_a_secret_is_not(hub: DescribedHub, admin: Actor) -> None:
    steps = ["tidy", {"case": "upper"}, {"cut": {"first": 3}}]
    secret = AustralianTax(tfn="865417771")
    hub.source.edit("s0", au_tax=secret, position=None, branch_id=" ab cd")
    hub.source.edit("s1", position="x" * 5000, branch_id=None)
    role = {"name": "role", "from": ["position", "branch_id"], "steps": steps}
    found = read(hub, admin, ["s0", "s1"], role, {"name": "tfn", "steps": [{"cut": {"last": 4}}]})
    assert found.people is not None, found.failure
    shown = [{field.name: field for field in person.fields} for person in found.people]
    assert shown[0]["role"].steps == (("tidy", "ab cd"), ("case", "AB CD"), ("cut", "AB"))
    assert shown[0]["role"].sent == "AB"
    assert shown[0]["tfn"].steps == (("cut", "•••"),)
    assert shown[1]["role"].steps[0] == ("tidy", None), "too long for a step"


def test_a_sample_is_kept_for_minutes_and_belongs_to_one_person(hub: DescribedHub, admin: Actor) -> None:
    found = read(hub, admin, ["s0"])
    other = Actor("grace", ActingRole.ACCOUNT_ADMIN, 99, admin.account_id)
    with pytest.raises(NotFoundError):
        samples.get(other, found.id)
    with transaction() as session:
        session.execute(update(MappingSample).values(created_at=now() - timedelta(hours=1)))
    with pytest.raises(NotFoundError, match="Read them again"):
        samples.get(admin, found.id)
    read(hub, admin, ["s1"])
    with reading() as session:
        assert len(session.scalars(select(MappingSample.id)).all()) == 1


@pytest.mark.parametrize("ids", [[], ["1", "2", "3", "4"], [""], ["x" * 201], ["a\x00"]])
def test_other_numbers_of_people_are_refused(hub: DescribedHub, admin: Actor, ids: list[str]) -> None:
    with pytest.raises(InvalidError, match="one to 3"):
        samples.request(admin, hub.connection_id, mapping(), ids)
