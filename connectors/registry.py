"""The available connectors: packages beside this file that have some, and files that describe a system."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

import connectors as package
from connectors.contract.connector import Connector
from connectors.contract.errors import ConfigError
from connectors.contract.source_fields import SourceField, first_entries
from connectors.contract.target_fields import FieldSummary
from connectors.rest import loader
from connectors.rest.checks.yaml_lines import Finding
from connectors.rest.loader import CatalogueError


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The connectors that files describe, and by file name what is wrong with those that cannot be used."""

    connectors: dict[str, Connector] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def _by_kind() -> dict[str, Connector]:
    return {connector.kind: connector for connector in _packages()} | _catalogue().connectors


@cache
def _catalogue() -> _Catalogue:
    catalogue, reserved = _Catalogue(), {connector.kind for connector in _packages()}
    for folder in loader.list_folders():
        if folder.missing is not None:
            catalogue.problems[str(folder.path)] = (folder.missing,)
            continue
        for file in loader.list_files(folder.path):
            _add_file(catalogue, file, reserved)
    return catalogue


def _packages() -> Iterator[Connector]:
    for name in sorted(entry.name for entry in pkgutil.iter_modules(package.__path__) if entry.ispkg):
        module = import_module(f"{package.__name__}.{name}")
        found = getattr(module, "CONNECTORS", (getattr(module, "CONNECTOR", None),))
        yield from (connector for connector in found if isinstance(connector, Connector))


def _add_file(catalogue: _Catalogue, file: Path, reserved: set[str]) -> None:
    """Add the connector that a file describes; a file that cannot be used leaves the others as they are."""
    try:
        connector = loader.load_connector(file)
        if connector.kind in reserved or connector.kind in catalogue.connectors:
            message = f"There is a connector `{connector.kind}` already. Choose another kind and file name."
            raise CatalogueError(file, [Finding(1, message)])
    except CatalogueError as error:
        catalogue.problems[file.stem] = error.sentences
    else:
        catalogue.connectors[connector.kind] = connector


def reload() -> None:
    """Read packages and files again when they are next asked for."""
    _by_kind.cache_clear()
    _catalogue.cache_clear()


def connectors() -> Sequence[Connector]:
    """Return all connectors, sorted by name."""
    return sorted(_by_kind().values(), key=lambda connector: connector.name.casefold())


def unusable_files() -> Sequence[str]:
    """Return what is wrong in the files that cannot be used, each as a sentence with the file and the line."""
    return [sentence for sentences in _catalogue().problems.values() for sentence in sentences]


def connector_of(kind: str) -> Connector:
    """Return the connector of a kind. Raises ConfigError when there is none or its file cannot be used."""
    by_kind, problems = _by_kind(), _catalogue().problems
    if kind in by_kind:
        return by_kind[kind]
    if kind in problems:
        raise ConfigError(f"The connector {kind!r} cannot be used. {' '.join(problems[kind])}")
    raise ConfigError(f"There is no connector {kind!r}. Available are: {', '.join(sorted(by_kind))}.")


def source_fields(kind: str) -> Sequence[SourceField]:
    """Return what a system has of its employees as a source, lists with the places of their first entries.

    Raises ConfigError when there is no such connector.
    """
    return tuple(first_entries(connector_of(kind).source_fields))


def target_fields(kind: str) -> Sequence[FieldSummary]:
    """Return the fields of a target, as its file fills them. Raises ConfigError when there is no such connector."""
    return connector_of(kind).target_fields


def name_of(kind: str) -> str:
    """Return the name of a system; the kind itself where its connector no longer exists."""
    try:
        return connector_of(kind).name
    except ConfigError:
        return kind
