"""Find the files that describe systems, check them, and make connectors of them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors.contract.connector import Connector, OrganisationChoice
from connectors.contract.source_fields import SourceField, standard_fields
from connectors.rest.checks import consistency, messages, pairs, yaml_lines
from connectors.rest.checks.yaml_lines import Finding, YamlError
from connectors.rest.client import organisations
from connectors.rest.client.branched_source import BranchedSource
from connectors.rest.client.capabilities import target_class
from connectors.rest.client.choices import summarise_choices
from connectors.rest.client.source import RestSource
from connectors.rest.description.document import Description
from connectors.rest.description.roles import SourceItems, SourceRole
from connectors.rest.description.settings_form import settings_model
from connectors.rest.description.system import Hook, System
from connectors.rest.field_wording import summarise_fields
from connectors.rest.paths import is_index
from connectors.rest.sign_in import sign_in_of
from connectors.rest.translation.custom_fields import custom_source_fields

CATALOGUE = Path(__file__).parents[1] / "catalogue"
FOLDERS_VARIABLE = "IHUB_CONNECTORS"


class CatalogueError(Exception):
    """A file cannot be used; each sentence says what is wrong, with the file and the line."""

    def __init__(self, file: Path, findings: Sequence[Finding]) -> None:
        shown = _shown(file)
        self.sentences = tuple(f"{shown}, line {finding.line}: {finding.message}" for finding in findings)
        super().__init__("\n".join(self.sentences))


@dataclass(frozen=True, slots=True)
class DescriptionFolder:
    """A folder with descriptions; ``missing`` says why it cannot be read."""

    path: Path
    missing: str | None = None


def list_folders() -> list[DescriptionFolder]:
    """Return iHUB's own catalogue and the folders that the operator named."""
    named = [Path(path) for path in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if path.strip()]
    missing = f"{FOLDERS_VARIABLE} names a folder that does not exist or cannot be read: "
    return [
        DescriptionFolder(CATALOGUE),
        *(DescriptionFolder(path, None if path.is_dir() else f"{missing}{path}.") for path in named),
    ]


def list_files(folder: Path) -> list[Path]:
    """Return the descriptions in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file())


def load_connector(file: Path) -> Connector:
    """Return the connector that a file describes. Raises CatalogueError."""
    return make_connector(load_system(file))


def load_system(file: Path) -> System:
    """Read a file. Raises CatalogueError with everything that is wrong in it."""
    description = _load_description(file)
    model = settings_model(description)
    return System(description, model, _load_hook(file, description), _code_version(file, description))


def _load_description(file: Path) -> Description:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        finding = Finding(1, "The file cannot be read. It has to be a text file in UTF-8.")
        raise CatalogueError(file, [finding]) from None
    try:
        document = yaml_lines.read_yaml(text)
    except YamlError as error:
        raise CatalogueError(file, [error.finding]) from None
    try:
        description = Description.model_validate(document.content)
    except ValidationError as error:
        raise CatalogueError(file, messages.describe_errors(document, error)) from None
    findings = consistency.check(document, description)
    kind = description.kind
    if kind != file.stem:
        message = (
            f"`kind` has to be the file's name: write `kind: {file.stem}`, or rename the file to {kind}.yaml."
        )
        findings.insert(0, Finding(document.line(("kind",)), message))
    if description.hook and not _hook_file(file, description).is_file():
        message = f"There is no {description.hook}.py beside this file. Add it, or remove `hook`."
        findings.append(Finding(document.line(("hook",)), message))
    if findings:
        raise CatalogueError(file, findings)
    return description


def _code_version(file: Path, description: Description) -> str:
    files = [file, _hook_file(file, description)] if description.hook else [file]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _hook_file(file: Path, description: Description) -> Path:
    return file.with_name(f"{description.hook}.py")


def _load_hook(file: Path, description: Description) -> Hook | None:
    if description.hook is None:
        return None
    prepare: Hook | None = getattr(_load_module(_hook_file(file, description)), "prepare", None)
    if prepare is None:
        message = f"{description.hook}.py has no function `prepare(draft, employee, settings)`."
        raise CatalogueError(file, [Finding(1, message)])
    return prepare


def _load_module(path: Path) -> Any:
    if path.parent == CATALOGUE:
        return import_module(f"connectors.catalogue.{path.stem}")
    name = f"connectors_of_operator_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogueError(path, [Finding(1, "This is not a Python module.")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # an operator's module can raise anything
        line = getattr(error, "lineno", None) or 1
        message = f"The module cannot be loaded: {type(error).__name__}."
        raise CatalogueError(path, [Finding(line, message)]) from error
    return module


def make_connector(system: System) -> Connector:
    """Return a described system as the registry lists it."""
    description = system.description
    target = description.target
    setting = organisations.organisation_setting(description)
    choice = (
        OrganisationChoice(setting, partial(organisations.list_organisations, system)) if setting else None
    )
    return Connector(
        kind=description.kind,
        name=description.name,
        summary=description.summary,
        settings=system.form,
        sign_in=sign_in_of(description),
        source=partial(_source_class(description.source), system) if description.source else None,
        target=partial(target_class(description), system) if target else None,
        paced=True,
        writes_per_request=_writes_per_request(description),
        localised=True,
        organisations=choice,
        external_id_chosen_by_us=bool(target and target.external_id_chosen_by_us),
        listing_is_cheap=target is None or target.listing == "cheap",
        source_fields=_source_fields(description.source),
        target_fields=summarise_fields(description),
        choice_lists=summarise_choices(description),
        misfits=partial(pairs.misfits, system),
        code_version=system.code_version,
        system=system,
    )


def _source_class(role: SourceRole) -> type[RestSource]:
    return RestSource if role.branches is None else BranchedSource


def _source_fields(role: SourceRole | None) -> Sequence[SourceField]:
    if role is None:
        return ()
    read = set()
    for name, entry in role.employee.items():
        plain = ".".join(part for part in name.split(".") if not is_index(part))
        read |= {f"{plain}.{inner}" for inner in entry.values} if isinstance(entry, SourceItems) else {plain}
    return (*standard_fields(read), *custom_source_fields(role.custom))


def _shown(file: Path) -> str:
    root = Path(__file__).parents[2]
    return str(file.relative_to(root) if file.is_relative_to(root) else file)


def _writes_per_request(description: Description) -> int:
    """Return how many employees each request that creates or updates takes at most: the smaller of both."""
    employees = description.employees
    return min(1 if each is None else each.most for each in (employees.create_many, employees.update_many))
