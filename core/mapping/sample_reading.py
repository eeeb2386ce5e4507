"""Read the few employees of a sample, as a worker does: at the source, through the draft, and at the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.contract.capabilities import MapsFields, StepValues, Translator
from connectors.contract.employee import Employee
from connectors.contract.errors import ConfigError, ConnectorError
from connectors.contract.fields import Field, Owner, Value
from connectors.contract.protocols import Source, Target
from connectors.contract.records import Prepared, TargetRecord
from connectors.mapping.base import as_text, is_blank
from connectors.rest import paths
from connectors.rest.description.field_change import FieldChange, change_system
from connectors.rest.description.system import System, origin_path
from connectors.rest.description.target_field import TargetField
from connectors.rest.employee_places import EmployeePlaces
from connectors.values.redaction import MASK, mask
from core.clock import now
from core.db import reading, transaction
from core.mapping.samples import Standing
from core.models import Connection, Link, MappingSample
from core.security.vault import vault
from core.sides import systems
from core.sides.system_pair import SystemPair
from core.sync.compare.canonical import canonical
from core.sync.compare.changes import display_value
from core.sync.compare.diff import compare


def read(sample_id: int) -> None:
    """Read the employees of a sample; a worker calls this once."""
    with reading() as session:
        row = session.get(MappingSample, sample_id)
        if row is None or row.ended_at is not None:
            return
        connection = session.get_one(Connection, row.connection_id)
        asked, connection_id, pairing_id = row.request, connection.id, connection.pairing_id
    failure, sealed = None, None
    try:
        pair = systems.load_system_pair(connection_id)
        links = _links(pairing_id, asked["source_ids"])
        sealed = vault().seal(systems.run_async(_read_all(pair, asked, links)))
    except ConnectorError as error:
        failure = str(error)
    with transaction() as session:
        kept = session.get(MappingSample, sample_id)
        if kept is not None:
            kept.result, kept.failure, kept.ended_at = sealed, failure, now()


def _links(pairing_id: int | None, source_ids: Sequence[str]) -> dict[str, str]:
    found = select(Link.source_id, Link.target_id).where(
        Link.pairing_id == pairing_id, Link.source_id.in_(source_ids)
    )
    with reading() as session:
        return {link.source_id: link.target_id for link in session.execute(found)}


async def _read_all(pair: SystemPair, asked: dict[str, Any], links: dict[str, str]) -> list[Any]:
    changes = asked["document"].get("fields", ())
    system = pair.target_connector.system
    if not isinstance(pair.target, MapsFields) or system is None:
        raise ConfigError("The fields of this target cannot be changed: they are not described in a file.")
    pair.target.use_source_fields(pair.source_connector.source_fields)
    translate = pair.target.translator(changes)
    pair.require_fits(changes)
    places = EmployeePlaces(pair.source_connector.source_fields)
    mapped = change_system(system, [FieldChange.model_validate(change) for change in changes])
    draft = _Draft(mapped, translate, places, pair.target.step_values(changes))
    async with pair.source as source, pair.target as target:
        return [await _read_one(source, target, draft, each, links) for each in asked["source_ids"]]


@dataclass(frozen=True, slots=True)
class _Draft:
    system: System
    translate: Translator
    places: EmployeePlaces
    step_values: StepValues


async def _read_one(
    source: Source, target: Target, draft: _Draft, source_id: str, links: dict[str, str]
) -> dict[str, Any]:
    record = await source.read_one(source_id)
    if record is None or record.employee is None:
        said = record.problem.message if record is not None and record.problem is not None else None
        failure = said or "The source has no employee with this id."
        return _kept(source_id, record.name if record else "", failure=failure)
    prepared = draft.translate(source_id, record.employee)
    current = await target.find(links[source_id]) if source_id in links else None
    return _kept(
        source_id,
        record.name,
        fields=_fields(draft, record.employee, source_id, prepared, current),
        problems=[problem.message for problem in prepared.problems],
        warnings=[warning.message for warning in prepared.warnings],
        is_linked=current is not None,
    )


def _kept(source_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "name": name, "fields": [], "problems": [], "warnings": []} | more


def _fields(
    draft: _Draft, employee: Employee, source_id: str, prepared: Prepared, current: TargetRecord | None
) -> list[dict[str, Any]]:
    held, system = ({} if current is None else current.values), draft.system
    standings = {} if current is None else _standings(system, prepared, current)
    return [
        {
            "name": field.name,
            "source": _sources(draft, field.name, employee, source_id),
            "steps": _steps(draft, field.name, employee, source_id),
            "sent": _shown(field, prepared.values.get(field.name)),
            "is_sent": field.name in prepared.values,
            "held": _shown(field, held.get(field.name)),
            "is_shown": field.name in held,
            "standing": standings.get(field.name),
        }
        for field in system.fields
    ]


def _standings(system: System, prepared: Prepared, current: TargetRecord) -> dict[str, Standing]:
    """Return what a run would do with each field that is sent, compared as a run compares."""
    fields = {field.name: field for field in system.fields}
    compared = compare(fields, prepared, current)
    differing = {each.field.name for each in (*compared.differences, *compared.unseen)}
    return {
        name: Standing.KEPT
        if _belongs_to_payroll(system.fields_by_name[name], name in prepared.create_only, current)
        else Standing.WRITTEN
        if name in differing
        else Standing.SAME
        for name in prepared.values
        if name in fields
    }


def _belongs_to_payroll(field: TargetField, is_only_for_new: bool, current: TargetRecord) -> bool:
    is_blank = canonical(current.values.get(field.name), field.type) is None
    is_once = field.owned_by is Owner.ONCE and not (field.also_when_blank and is_blank)
    return is_only_for_new or is_once or field.owned_by is Owner.TARGET


def _sources(draft: _Draft, name: str, employee: Employee, source_id: str) -> list[list[str | None]]:
    """Return the places that fill a field, each with what the HR system has there."""
    field = draft.system.fields_by_name[name]
    places = dict.fromkeys([*map(origin_path, field.all_origins), *field.template_places])
    return [
        [place, _source_value(draft.places, place, employee, source_id)]
        for place in places
        if paths.is_employee_path(place)
    ]


def _steps(draft: _Draft, name: str, employee: Employee, source_id: str) -> list[list[str | None]]:
    """Return each step of a field with the value after it; nothing of a value that may identify somebody."""
    trace = draft.step_values.get(name)
    if trace is None:
        return []
    field = draft.system.fields_by_name[name]
    places = [*map(origin_path, field.all_origins), *field.template_places]
    is_hidden = field.sensitive or any(
        draft.places.is_sensitive(place) or place == "date_of_birth" for place in places
    )
    return [
        [step, MASK if is_hidden and not is_blank(value) else _written(value)]
        for step, value in trace(employee, source_id)
    ]


def _written(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        return ", ".join(written for each in value if (written := _written(each)))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return None if value is None or is_blank(value) else as_text(value) or MASK


def _source_value(places: EmployeePlaces, place: str, employee: Employee, source_id: str) -> str | None:
    value = paths.compile_employee_path(place)(employee, source_id)
    if value is None or value == "":
        return None
    if place == "date_of_birth":
        return MASK
    if isinstance(value, bool):
        return "Yes" if value else "No"
    written = as_text(value) or MASK
    return mask(written) if places.is_sensitive(place) else written


def _shown(field: Field, value: Value) -> str | None:
    return display_value(field, value)
