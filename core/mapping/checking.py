"""Check a mapping against the file of the connection's target, with the sentences for the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.registry import connector_of
from connectors.rest.checks import changes
from connectors.rest.checks.changes import check_changes, find_secrets
from connectors.rest.checks.yaml_lines import Finding, LocatedMessages, YamlDocument
from connectors.rest.description.base import Scalar
from connectors.rest.description.field_change import fields_digest
from connectors.rest.description.system import System
from connectors.rest.employee_places import ANY, EmployeePlaces
from core.mapping import document as documents
from core.mapping.document import MappingDocument, MappingFaultsError
from core.models import Position, Side
from core.scope.document_faults import scope_faults

# The ids of the target's lists by their names; nothing is known about a list that is absent.
KnownChoices = Mapping[str, frozenset[str]]
NO_CHOICES: KnownChoices = MappingProxyType({})


def target_kind(session: Session, connection_id: int) -> str:
    """Return the kind of a connection's target."""
    kind = select(Side.kind).where(Side.connection_id == connection_id, Side.position == Position.TARGET)
    return session.scalars(kind).one()


def target_system(kind: str) -> System | None:
    """Return what a file says of a target; None for one whose connector is code. Raises ConfigError."""
    system: System | None = connector_of(kind).system
    return system


def source_places(session: Session, connection_id: int) -> EmployeePlaces:
    """Return what the employees of a connection's source have. Raises ConfigError."""
    return EmployeePlaces(connector_of(source_kind(session, connection_id)).source_fields)


def source_kind(session: Session, connection_id: int) -> str:
    """Return the kind of a connection's source."""
    kind = select(Side.kind).where(Side.connection_id == connection_id, Side.position == Position.SOURCE)
    return session.scalars(kind).one()


def require_no_secrets(kind: str, document: MappingDocument) -> None:
    """Refuse a mapping with values of sensitive fields in it. Raises MappingFaultsError."""
    system = target_system(kind)
    found = [] if system is None else find_secrets(system, document.fields)
    findings = [Finding(0, message) for _, message in found]
    if findings:
        raise MappingFaultsError(findings, with_lines=False)


def require_usable(
    kind: str,
    document: MappingDocument,
    yaml: YamlDocument | None = None,
    places: EmployeePlaces = ANY,
    choices: KnownChoices = NO_CHOICES,
) -> None:
    """Check a mapping for a target, from a source with these places; ``choices`` are what its lists had.

    Raises MappingFaultsError, with the lines of ``yaml`` where it is given.
    """
    lines = yaml or YamlDocument()
    found = [Finding(lines.line(place), message) for place, message in _check(kind, document, places)]
    found += [Finding(lines.line(place), message) for place, message in _check_choices(document, choices)]
    if found:
        findings = sorted(found, key=lambda finding: finding.line) if yaml else found
        raise MappingFaultsError(findings, with_lines=yaml is not None)


def require_fits(session: Session, connection_id: int, document: MappingDocument) -> None:
    """Check a mapping for a connection as its systems are now. Raises MappingFaultsError, without lines."""
    require_usable(
        target_kind(session, connection_id), document, places=source_places(session, connection_id)
    )


def find_shown_secrets(session: Session, connection_id: int) -> list[str]:
    """Return where the target's file would show a value that the source calls sensitive. Raises ConfigError."""
    system = target_system(target_kind(session, connection_id))
    return [] if system is None else changes.find_shown_secrets(system, source_places(session, connection_id))


def _check(kind: str, document: MappingDocument, places: EmployeePlaces) -> LocatedMessages:
    name, system = connector_of(kind).name, target_system(kind)
    yield from scope_faults(documents.to_json(document), places)
    if document.connector != kind:
        message = (
            f"This mapping is for `{document.connector}`, and the target of this connection is `{kind}` ({name}). "
            "Import it into a connection with that target."
        )
        yield ("connector",), message
    elif system is not None:
        yield from check_changes(system, document.fields, places)
    elif document.fields:
        yield ("fields",), f"The fields of {name} cannot be changed: they are not described in a file."


def _check_choices(document: MappingDocument, choices: KnownChoices) -> LocatedMessages:
    """Yield each id of a choice that the target's list did not have when it was last read."""
    for index, change in enumerate(document.fields):
        choice = change.choice
        if choice is None or choice.of not in choices:
            continue
        chosen: list[tuple[tuple[str | int, ...], Scalar | None]] = [
            (("id",), choice.id),
            (("else",), choice.otherwise),
        ]
        chosen += [(("cases", number, "id"), case.id) for number, case in enumerate(choice.cases)]
        for place, value in chosen:
            if value is not None and str(value) not in choices[choice.of]:
                message = f"`{choice.of}` of the target has no `{value}`. Choose one of its entries."
                yield ("fields", index, "choice", *place), message


def made_against(kind: str) -> str | None:
    """Return the digest of the fields in the file of a target; None where there is no file."""
    system = target_system(kind)
    return fields_digest(system) if system is not None and system.description.target is not None else None
