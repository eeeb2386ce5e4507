"""Read the employees of a described target from responses, and write them into requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.contract.fields import FieldType, Identity, Value
from connectors.contract.records import TargetRecord
from connectors.rest import paths
from connectors.rest.description.base import Scalar
from connectors.rest.description.system import System, compile_map
from connectors.rest.description.target_field import TargetField
from connectors.values.normalise import text
from connectors.values.redaction import is_masked

Json = Mapping[str, Any]
# In place of a value that a response leaves out, hides or has in a form that cannot be read, so that nobody takes it
# for blank.
NOT_SHOWN: Any = object()
_BEYOND_64_BITS = 1 << 63


class RecordReader:
    """Reads the employees of one described target; what its file says is prepared once."""

    def __init__(self, system: System) -> None:
        """Take a system that is a target."""
        fields = system.fields_by_name
        self._get_id = paths.compile_path(system.description.employees.id)
        self._fields = [
            (name, _compile_shown(field), compile_value(system, field)) for name, field in fields.items()
        ]
        external = system.target.external_id
        self._get_external_id = paths.compile_path(fields[external].places[1]) if external else None
        # Given names, then surname; of several fields for one, the last.
        by_identity = {field.identity: name for name, field in fields.items()}
        names = (by_identity.get(Identity.GIVEN_NAMES), by_identity.get(Identity.SURNAME))
        self._names = [paths.compile_path(fields[name].places[1]) for name in names if name is not None]

    def read(self, raw: Json) -> TargetRecord | None:
        """Return the employee of a response; None when it has no id."""
        target_id = text(self._get_id(raw))
        if target_id is None:
            return None
        values: dict[str, Value] = {}
        for name, get, read in self._fields:
            shown = get(raw)
            if shown is not NOT_SHOWN and (value := read(shown)) is not NOT_SHOWN:
                values[name] = value
        external_id = text(self._get_external_id(raw)) if self._get_external_id else None
        written = [text(get(raw)) for get in self._names]
        return TargetRecord(target_id, " ".join(filter(None, written)), values, external_id)


def _compile_shown(field: TargetField) -> Callable[[Json], Any]:
    """Return what takes a field from a response; NOT_SHOWN where it is left out, as some systems do with blank ones."""
    missing = None if field.blank_when_absent else NOT_SHOWN
    name = field.places[1]
    if any(map(paths.is_index, name.split("."))):
        return _compile_listed(name, missing)
    if "." in name:
        return paths.compile_path(name, missing)
    return lambda raw: raw.get(name, missing)


def _compile_listed(place: str, missing: Any) -> Callable[[Json], Any]:
    """Return what takes an entry of a list, or a value in it; None where the list is shown and ends before."""
    names = place.split(".")
    first = next(index for index, name in enumerate(names) if paths.is_index(name))
    get_list, position = paths.compile_path(".".join(names[:first]), missing), int(names[first])
    inner = paths.compile_path(".".join(names[first + 1 :]), missing)

    def get(raw: Json) -> Any:
        shown = get_list(raw)
        if not isinstance(shown, list):
            return missing if shown is missing else None if shown is None else NOT_SHOWN
        return inner(shown[position]) if position < len(shown) else None

    return get


def compile_value(system: System, field: TargetField) -> Callable[[Any], Any]:
    """Return what normalises a field's value from a response: None when it is blank, NOT_SHOWN when masked or odd."""
    sensitive, normalise = field.sensitive, system.normaliser(field)
    look_up = compile_map(field.reads) if field.reads is not None else None
    earliest, blank = system.earliest_year(field), system.blank_dates

    def read_plain(shown: Any) -> Any:
        value = normalise(shown)
        return value if value is not None or _is_blank(shown) else NOT_SHOWN

    if not sensitive and look_up is None and field.type is not FieldType.DATE:
        return read_plain

    def read(shown: Any) -> Any:
        if shown is None:
            return None
        if sensitive and is_masked(shown):
            return NOT_SHOWN
        if look_up is not None and (same := look_up(shown)) is not None:
            shown = same
        value = normalise(shown)
        if value is None:
            if blank and str(shown).strip().casefold() in blank:
                return None
            return None if _is_blank(shown) else NOT_SHOWN
        # Systems show their first or last date, or 1900, where there is none.
        if isinstance(value, date) and (value.year <= earliest or value.year == date.max.year):
            return None
        return value

    return read


def _is_blank(shown: Any) -> bool:
    return not shown if isinstance(shown, dict | list) else text(shown) is None


def request_body(
    values: Mapping[str, Value],
    clear: Callable[[str], Scalar | None] | None = None,
    write_date: Callable[[date], str] = date.isoformat,
    lists: Sequence[str] = (),
) -> dict[str, Any]:
    """Return an employee as JSON: dotted names nested, None as the value that clears a field.

    ``clear`` says what that is for the field at a place, by default null. ``lists`` are the places of lists, those
    inside others first.
    """
    sent: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        written: Any = value
        if type(value) is not str:
            cleared = clear(name) if value is None and clear is not None else None
            written = cleared if value is None else as_json(value, write_date)
        if "." not in name:
            sent[name] = written
            continue
        outer, last = _split(name)
        group = groups.get(outer)
        if group is None:
            group = groups[outer] = _group(sent, outer)
        group[last] = written
    if lists:
        filled = [f"{name}." for name, value in values.items() if value is not None]
        for place in lists:
            _make_list(sent, place, filled)
    return sent


def _make_list(sent: dict[str, Any], place: str, filled: Sequence[str]) -> None:
    """Make a list of an object whose names are positions, without entries of which every field is cleared."""
    entries = paths.value_at(sent, place)
    if isinstance(entries, dict):
        names = sorted(entries, key=int)
        kept = [name for name in names if any(each.startswith(f"{place}.{name}.") for each in filled)]
        paths.set_value(sent, place, [entries[name] for name in kept])


def _group(sent: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the object at a path, made where it is not there yet."""
    group = sent
    for name in path.split("."):
        inner = group.get(name)
        if not isinstance(inner, dict):
            inner = group[name] = {}
        group = inner
    return group


@lru_cache(maxsize=4096)
def _split(name: str) -> tuple[str, str]:
    """Return where a field is, and its name there."""
    outer, _, last = name.rpartition(".")
    return outer, last


def merge_values(system: System, raw: Json, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the target's whole employee with our values in it, so that a full replacement loses nothing."""
    update = system.description.employees.update
    left_out = set(update.leave_out if update else ())
    get = system.description.employees.get
    if get is not None and get.id is not None:  # then this is not theirs, but was added when they were read
        left_out.add(system.description.employees.id)
    values = system.placed(values, system.sent_alone)
    sent = {
        name: _with_written_date(system, name, value)
        for name, value in raw.items()
        if name not in left_out and value is not None
    }
    _send_back_elsewhere(system, raw, sent)
    fields = system.fields_by_place.items()
    for name in [name for name, field in fields if field.sensitive and is_masked(paths.value_at(sent, name))]:
        paths.remove_value(sent, name)
    there = {
        name: value
        for name, value in values.items()
        if value is not None or paths.value_at(raw, name) is not None  # what is not there need not be cleared
    }
    omits = update is not None and update.clears_by_omission
    for name, value in there.items():
        if value is None and omits:
            paths.remove_value(sent, name)
            continue
        written = system.clears(name) if value is None else as_json(value, system.write_date)
        paths.set_value(sent, name, written)
    return sent


def _send_back_elsewhere(system: System, raw: Json, sent: dict[str, Any]) -> None:
    """Put what responses show of a field at another place to where requests have it."""
    for name, field in system.fields_by_name.items():
        sent_at, shown_at = field.places
        if sent_at == shown_at or name in system.never_sent_with_others:
            continue
        shown = paths.value_at(raw, shown_at)
        if shown is not None and not (field.sensitive and is_masked(shown)):
            paths.set_value(sent, sent_at, shown)


def _with_written_date(system: System, name: str, value: Any) -> Any:
    update, field = system.description.employees.update, system.fields_by_place.get(name)
    is_date = (field is not None and field.type is FieldType.DATE) or (
        update is not None and name in update.iso_dates
    )
    parsed = system.parse_date(value) if is_date else None
    return system.write_date(parsed) if parsed else value


def as_json(value: Value, write_date: Callable[[date], str]) -> Any:
    """Return a value of a field as JSON."""
    if isinstance(value, Decimal):
        if abs(value) >= _BEYOND_64_BITS:  # dump_json writes a decimal with all its digits
            return value
        if value == value.to_integral_value():
            return int(value)
        written = float(value)
        return written if Decimal(repr(written)) == value else value
    return write_date(value) if isinstance(value, date) else value
