"""The connectors there are: folders beside this file that hold a CONNECTOR, and files that describe a system."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

import connectors as home
from connectors.contract.connector import Connector
from connectors.contract.errors import ConfigError
from connectors.rest import loader
from connectors.rest.checks.yaml_lines import Finding
from connectors.rest.loader import CatalogueError


@dataclass(frozen=True, slots=True)
class _Files:
    """What files describe, and which of them cannot be used and why."""

    connectors: dict[str, Connector] = field(default_factory=dict)
    refused: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def _found() -> dict[str, Connector]:
    return {one.kind: one for one in _folders()} | _files().connectors


@cache
def _files() -> _Files:
    files, taken = _Files(), {one.kind for one in _folders()}
    for folder in loader.list_folders():
        if folder.missing is not None:
            files.refused[str(folder.path)] = (folder.missing,)
            continue
        for file in loader.list_files(folder.path):
            _add(files, file, taken)
    return files


def _folders() -> Iterator[Connector]:
    for folder in sorted(entry.name for entry in pkgutil.iter_modules(home.__path__) if entry.ispkg):
        one = getattr(import_module(f"{home.__name__}.{folder}"), "CONNECTOR", None)
        if isinstance(one, Connector):
            yield one


def _add(files: _Files, file: Path, taken: set[str]) -> None:
    """Add what a file describes; one that cannot be used does not take the others away."""
    try:
        one = loader.load_connector(file)
        if one.kind in taken or one.kind in files.connectors:
            message = f"There is a connector `{one.kind}` already. Choose another kind and file name."
            raise CatalogueError(file, [Finding(1, message)])
    except CatalogueError as error:
        files.refused[file.stem] = error.sentences
    else:
        files.connectors[one.kind] = one


def forget() -> None:
    """Have folders and files read again."""
    _found.cache_clear()
    _files.cache_clear()


def connectors() -> Sequence[Connector]:
    """Return all connectors in the order of their names."""
    return sorted(_found().values(), key=lambda one: one.name.casefold())


def refusals() -> Sequence[str]:
    """Return what is wrong in the files that cannot be used, each as a sentence with the file and the line."""
    return [sentence for sentences in _files().refused.values() for sentence in sentences]


def connector(kind: str) -> Connector:
    """Return the connector of a kind. Raises ConfigError when there is none or its file cannot be used."""
    found, refused = _found(), _files().refused
    if kind in found:
        return found[kind]
    if kind in refused:
        raise ConfigError(f"The connector {kind!r} cannot be used. {' '.join(refused[kind])}")
    raise ConfigError(f"There is no connector {kind!r}. There are: {', '.join(sorted(found))}.")


def name_of(kind: str) -> str:
    """Return what people call a system; the kind itself where its connector is gone."""
    try:
        return connector(kind).name
    except ConfigError:
        return kind
