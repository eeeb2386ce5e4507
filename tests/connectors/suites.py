"""The contract of connectors as tests: a connector's own test class inherits the suite of each of its roles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.contract.employee import Employee
from connectors.contract.errors import AuthError, TemporaryError, UnansweredError
from connectors.contract.fields import Field, FieldType, Value
from connectors.contract.protocols import Source, Target
from connectors.contract.records import Prepared, Reason, SourceRecord, TargetRecord, Verdict
from harness.sandbox import Sandbox

PYTHON_TYPES: dict[FieldType, type] = {
    FieldType.TEXT: str,
    FieldType.EMAIL: str,
    FieldType.PHONE: str,
    FieldType.DATE: date,
    FieldType.NUMBER: Decimal,
    FieldType.BOOLEAN: bool,
}


async def read_all(source: Source, remembered: dict[str, str] | None = None) -> list[SourceRecord]:
    """Read every employee."""
    versions = remembered or {}
    pages = source.read(lambda ids: {key: versions[key] for key in ids if key in versions})
    return [record async for page in pages for record in page]


async def list_all(target: Target) -> dict[str, TargetRecord]:
    """List every employee; fail when one is listed twice."""
    records = [record async for page in target.list() for record in page]
    records_by_id = {record.target_id: record for record in records}
    assert len(records_by_id) == len(records)
    return records_by_id


class SourceSuite(ABC):
    """What every source promises."""

    system: str

    @abstractmethod
    def source(self, sandbox: Sandbox, page_size: int = 100) -> Source:
        """Return the source, not yet opened."""

    @abstractmethod
    def everyone(self, sandbox: Sandbox) -> set[str]:
        """Return the ids of all employees of the source."""

    @abstractmethod
    def change(self, sandbox: Sandbox, source_id: str) -> None:
        """Change an employee's surname to Changed."""

    async def test_check_says_whose_data_it_is(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            organisation = await source.check()
        assert organisation.id
        assert organisation.name

    @pytest.mark.sandbox(employees=30)
    @pytest.mark.parametrize("page_size", [1, 7, 10, 30, 100])
    async def test_everybody_is_read_once_whatever_the_page_size(
        self, sandbox: Sandbox, page_size: int
    ) -> None:
        async with self.source(sandbox, page_size) as source:
            pages = [page async for page in source.read()]
        assert all(pages)
        assert all(len(page) <= page_size for page in pages)
        ids = [record.source_id for page in pages for record in page]
        assert len(ids) == len(set(ids))
        assert set(ids) == self.everyone(sandbox)

    @pytest.mark.sandbox(employees=0)
    async def test_an_empty_system_yields_no_page(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            assert await read_all(source) == []

    @pytest.mark.sandbox(employees=12)
    async def test_a_record_is_an_employee_or_says_why_not(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            for record in await read_all(source):
                assert (record.employee is None) == (record.problem is not None)
                assert record.name

    @pytest.mark.sandbox(employees=12)
    async def test_a_remembered_version_saves_the_details_until_the_employee_changes(
        self, sandbox: Sandbox
    ) -> None:
        async with self.source(sandbox) as source:
            before = await read_all(source)
            versions = {record.source_id: record.source_version for record in before if record.source_version}
            assert len(versions) == 12
            again = await read_all(source, versions)
            assert all(record.unchanged and record.employee is None and record.name for record in again)
            chosen = before[5].source_id
            self.change(sandbox, chosen)
            changed = [record for record in await read_all(source, versions) if not record.unchanged]
        assert [record.source_id for record in changed] == [chosen]
        assert changed[0].employee is not None
        assert changed[0].employee.surname == "Changed"

    @pytest.mark.sandbox(employees=3)
    async def test_one_employee_read_alone_is_the_same(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            for record in await read_all(source):
                assert await source.read_one(record.source_id) == record

    @pytest.mark.sandbox(employees=1)
    @pytest.mark.parametrize("unknown", ["999999", "a/b", "..", "", "ö", "?x=1"])
    async def test_an_unknown_employee_is_none(self, sandbox: Sandbox, unknown: str) -> None:
        async with self.source(sandbox) as source:
            assert await source.read_one(unknown) is None

    @pytest.mark.sandbox(employees=12)
    async def test_repeated_failures_lose_no_employee(self, sandbox: Sandbox) -> None:
        sandbox.control.switches(self.system, fail_every=6, fail_status=503)
        async with self.source(sandbox, 5) as source:
            records = await read_all(source)
        assert {record.source_id for record in records} == self.everyone(sandbox)
        assert all(record.employee for record in records)

    @pytest.mark.sandbox(employees=12)
    async def test_a_system_that_is_down_is_an_error_and_not_an_empty_list(self, sandbox: Sandbox) -> None:
        sandbox.control.switches(self.system, fail_every=1, fail_status=503)
        async with self.source(sandbox) as source:
            with pytest.raises(TemporaryError):
                await read_all(source)

    @pytest.mark.sandbox(employees=12)
    async def test_refused_credentials_are_an_auth_error(self, sandbox: Sandbox) -> None:
        async with self.source(sandbox) as source:
            sandbox.control.switches(self.system, unauthorised=True)
            with pytest.raises(AuthError):
                await read_all(source)
            with pytest.raises(AuthError):
                await source.check()


class TargetSuite(ABC):
    """What every target promises."""

    system: str
    # An employee that the target accepts.
    complete: Employee
    # The mandatory attributes of an employee, with the label that a person knows each by.
    required: ClassVar[dict[str, str]]

    @abstractmethod
    def target(self, sandbox: Sandbox, page_size: int = 100) -> Target:
        """Return the target, not yet opened."""

    @abstractmethod
    def refuse(self, sandbox: Sandbox, prepared: Prepared, words: str) -> None:
        """Have the target refuse this employee from now on, with these words."""

    def numbered(self, number: int) -> Employee:
        """Return another complete employee."""
        return replace(self.complete, employee_number=f"N{number}", surname=f"Citizen {number}")

    async def created(self, target: Target, count: int) -> list[Prepared]:
        """Create this number of employees."""
        prepared = [target.prepare(str(number), self.numbered(number)) for number in range(count)]
        for employee in prepared:
            assert (await target.create(employee)).problem is None
        return prepared

    @pytest.mark.sandbox(employees=0)
    async def test_fields_and_prepared_values_agree(self, sandbox: Sandbox) -> None:
        target = self.target(sandbox)
        fields = {field.name: field for field in target.fields}
        assert len(fields) == len(target.fields)
        prepared = target.prepare("1", self.complete)
        assert prepared.problems == ()
        assert prepared.create_only <= prepared.values.keys() <= fields.keys()
        assert {field.name for field in target.fields if field.required} <= prepared.values.keys()
        for name, value in prepared.values.items():
            assert value is None or _fits(fields[name], value), name

    @pytest.mark.sandbox(employees=0)
    async def test_preparing_is_pure(self, sandbox: Sandbox) -> None:
        target = self.target(sandbox)
        assert target.prepare("1", self.complete) == target.prepare("1", self.complete)

    @pytest.mark.sandbox(employees=0)
    async def test_each_missing_field_is_named_as_a_person_knows_it(self, sandbox: Sandbox) -> None:
        target = self.target(sandbox)
        for attribute, label in self.required.items():
            [problem] = target.prepare("1", replace(self.complete, **_absent(attribute))).problems
            assert (problem.reason, problem.field, problem.verdict) == (
                Reason.MISSING_FIELD,
                label,
                Verdict.FILTER,
            )
            assert label in problem.message
        problems = target.prepare("1", replace(self.complete, **_absent(*self.required))).problems
        assert [problem.field for problem in problems] == list(self.required.values())

    @pytest.mark.sandbox(employees=0)
    async def test_check_works_on_an_empty_system(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            assert (await target.check()).name

    @pytest.mark.sandbox(employees=0)
    async def test_a_created_employee_is_found_and_listed_as_prepared(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            prepared = target.prepare("1", self.complete)
            outcome = await target.create(prepared)
            assert outcome.problem is None
            assert outcome.target_id
            found = await target.find(outcome.target_id)
            listed = (await list_all(target))[outcome.target_id]
        assert found is not None
        assert found == listed
        assert _filled(found.values) == _filled(prepared.values)
        assert found.external_id == prepared.external_id
        assert found.name

    @pytest.mark.sandbox(employees=0)
    @pytest.mark.parametrize("page_size", [1, 3, 7, 10])
    async def test_everybody_is_listed_once_whatever_the_page_size(
        self, sandbox: Sandbox, page_size: int
    ) -> None:
        async with self.target(sandbox, page_size) as target:
            assert await list_all(target) == {}
            await self.created(target, 7)
            assert len(await list_all(target)) == 7

    @pytest.mark.sandbox(employees=0)
    async def test_an_update_changes_what_it_says_and_can_be_repeated(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            [first] = await self.created(target, 1)
            before = next(iter((await list_all(target)).values()))
            changed = target.prepare("0", replace(self.numbered(0), surname="Changed"))
            for current in (before, None, await target.find(before.target_id)):
                outcome = await target.update(before.target_id, changed, current)
                assert outcome.problem is None
                assert outcome.target_id == before.target_id
            after = await target.find(before.target_id)
        assert after is not None
        assert _filled(after.values) == {**_filled(first.values), "surname": "Changed"}

    @pytest.mark.sandbox(employees=0)
    async def test_an_unknown_employee_is_none_and_updating_them_is_a_problem_of_the_record(
        self, sandbox: Sandbox
    ) -> None:
        async with self.target(sandbox) as target:
            for unknown in ("nobody/at all?", "..", "", "ö"):
                assert await target.find(unknown) is None
            outcome = await target.update("nobody", target.prepare("1", self.complete), None)
        assert outcome.problem is not None
        assert (outcome.problem.reason, outcome.problem.verdict) == (Reason.NOT_FOUND, Verdict.ERROR)

    @pytest.mark.sandbox(employees=0)
    async def test_a_refusal_is_a_value_with_the_reason_of_the_target(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            prepared = target.prepare("1", self.complete)
            self.refuse(sandbox, prepared, "The  cost centre\nis closed")
            refused = await target.create(prepared)
            assert refused.problem is not None
            assert (refused.problem.reason, refused.problem.verdict) == (Reason.REFUSED, Verdict.ERROR)
            assert refused.problem.message.endswith("The cost centre is closed.")
            assert (await target.create(target.prepare("2", self.numbered(2)))).problem is None

    @pytest.mark.sandbox(employees=0)
    async def test_a_creation_whose_response_was_lost_is_unanswered_and_can_be_looked_up(
        self, sandbox: Sandbox
    ) -> None:
        async with self.target(sandbox) as target:
            prepared = target.prepare("1", self.complete)
            sandbox.control.switches(self.system, answer_lost_next=1, only_method="POST")
            with pytest.raises(UnansweredError):
                await target.create(prepared)
            assert len(await list_all(target)) == 1
        assert sandbox.control.counters(self.system)["creates"] == 1

    @pytest.mark.sandbox(employees=0)
    async def test_a_creation_that_failed_is_unanswered(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            sandbox.control.switches(self.system, fail_next=1, fail_status=502, only_method="POST")
            with pytest.raises(UnansweredError):
                await target.create(target.prepare("1", self.complete))

    @pytest.mark.sandbox(employees=0)
    async def test_an_update_whose_response_was_lost_is_repeated(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            await self.created(target, 1)
            [target_id] = await list_all(target)
            sandbox.control.switches(self.system, answer_lost_next=1, only_method="PUT")
            assert (
                await target.update(target_id, target.prepare("0", self.numbered(0)), None)
            ).problem is None

    @pytest.mark.sandbox(employees=0)
    async def test_refused_credentials_are_an_auth_error(self, sandbox: Sandbox) -> None:
        async with self.target(sandbox) as target:
            prepared = target.prepare("1", self.complete)
            sandbox.control.switches(self.system, unauthorised=True)
            for call in (target.check(), list_all(target), target.find("1"), target.create(prepared)):
                with pytest.raises(AuthError):
                    await call


def _filled(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _absent(*attributes: str) -> dict[str, Any]:
    return dict.fromkeys(attributes)


def _fits(field: Field, value: Value) -> bool:
    if not isinstance(value, PYTHON_TYPES[field.type]):
        return False
    return not isinstance(value, str) or (value == " ".join(value.split()) != "")
