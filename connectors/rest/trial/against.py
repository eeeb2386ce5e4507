"""Try a file against the system itself: who it opens, its list, one employee, and three of them as iHUB reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.employee import Employee
from connectors.contract.errors import ConnectorError
from connectors.contract.fields import Identity
from connectors.contract.protocols import Authoriser
from connectors.contract.records import SourceRecord, TargetRecord
from connectors.rest import paths
from connectors.rest.client.source import RestSource
from connectors.rest.client.target import RestTarget
from connectors.rest.description.system import System
from connectors.rest.employee_places import EmployeePlaces
from connectors.values.redaction import MASK, mask

SHOWN_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried; ``is_fault`` when it did not work."""

    text: str
    is_fault: bool = False


def unrecognised(system: System) -> Sequence[str]:
    """Return a sentence about what a target lacks to recognise employees who are there already; none where it can."""
    target = system.description.target
    if target is None or target.external_id is not None:
        return ()
    known = {field.identity for field in target.fields} - {None}
    if Identity.SURNAME in known and len(known) > 1:
        return ()
    return (
        "Nobody already there can be recognised, so that everybody would be created once more. Write `identity` at the "
        "fields with the surname and the given names, and with the birth date, the e-mail address or the tax number.",
    )


async def try_connector(
    connector: Connector, settings: SideSettings, authoriser: Authoriser
) -> AsyncIterator[Step]:
    """Yield what happens when a system is opened, listed and read. Nothing is written."""
    for role, opens in (("source", connector.source), ("target", connector.target)):
        if opens is None:
            continue
        yield Step(f"As a {role}:")
        try:
            async with opens(settings, authoriser) as system:
                organisation = await system.check()
                yield Step(f"  `check` opens {organisation.name} (id {organisation.id or 'not said'}).")
                if isinstance(system, RestSource):
                    steps = _try_source(system)
                elif isinstance(system, RestTarget):
                    steps = _try_target(system)
                else:
                    continue
                async for step in steps:
                    yield step
        except ConnectorError as error:
            yield Step(f"  {error}", is_fault=True)


async def _try_source(source: RestSource) -> AsyncIterator[Step]:
    listed: list[SourceRecord] = []
    async for page in source.read():
        listed += page
        if len(listed) >= SHOWN_PEOPLE:
            break
    yield _listed(len(listed))
    for record in listed[:SHOWN_PEOPLE]:
        if record.employee is None:
            yield Step(f"  {record.problem.message if record.problem else 'Not read.'}", is_fault=True)
            continue
        for line in masked_employee(record.employee):
            yield Step(f"  {line}")
    if listed:
        one = await source.read_one(listed[0].source_id)
        yield _one(one is not None and one.employee is not None)


async def _try_target(target: RestTarget) -> AsyncIterator[Step]:
    listed: list[TargetRecord] = []
    async for page in target.list():
        listed += page
        if len(listed) >= SHOWN_PEOPLE:
            break
    yield _listed(len(listed))
    labels = {field.name: field.label for field in target.fields}
    for record in listed[:SHOWN_PEOPLE]:
        shown = {labels[name]: masked(value) for name, value in record.values.items() if value is not None}
        yield Step(f"  somebody: {_joined(shown)}")
        absent = [labels[name] for name in labels if name not in record.values]
        if absent:
            yield Step(f"    not shown: {', '.join(absent)}")
    if listed:
        yield _one(await target.find(listed[0].target_id) is not None)


def _listed(count: int) -> Step:
    if not count:
        return Step("  `list` has nobody. Check `records` and `path`, if there are employees.", is_fault=True)
    return Step(f"  `list` works; the first page{'s have' if count > 1 else ' has'} {count}.")


def _one(found: bool) -> Step:
    if not found:
        return Step("  `get` did not show somebody who is in the list. Check `path` and `record`.", True)
    return Step("  `get` shows one of them.")


def masked_employee(employee: Employee) -> Iterator[str]:
    """Yield what was read of an employee, with every value masked, and what was not read."""
    places = EmployeePlaces()
    values = {
        path: value
        for path in paths.employee_paths()
        if (value := paths.compile_employee_path(path)(employee, "")) not in (None, "")
    }
    yield f"somebody: {_joined({places.label(path): masked(value) for path, value in values.items()})}"
    for name, value in employee.custom.items():
        yield f"  custom.{name}: {masked(value) if value is not None else 'blank'}"


def masked(value: Any) -> str:
    """Return a sign of the form of a value, which says nothing about anybody."""
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, date):
        return f"a date in {value.year // 10 * 10}–{value.year // 10 * 10 + 9}"
    if isinstance(value, str | int | float) and len(str(value)) >= 10:
        return mask(str(value))
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        return f"{len(value)} entries"
    return MASK


def _joined(shown: Mapping[str, str]) -> str:
    return "; ".join(f"{label} {value}" for label, value in shown.items()) or "nothing was read"
