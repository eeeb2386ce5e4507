"""The files that describe systems: found, read, checked, and made into connectors."""

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

from connectors.contract.connector import (
    Authorisation,
    Connector,
    KeyPlace,
    OAuthEndpoints,
    OrganisationChoice,
    SignIn,
)
from connectors.rest.checks import consistency, messages, yaml_lines
from connectors.rest.checks.yaml_lines import Fault, MarkedError
from connectors.rest.client import organisations
from connectors.rest.client.bulk_target import target_of
from connectors.rest.client.source import RestSource
from connectors.rest.description.document import Basic, Bearer, Description, HeaderKey, OAuth2
from connectors.rest.description.settings_form import form
from connectors.rest.description.system import Hook, System

OWN = Path(__file__).parents[1] / "catalogue"
VARIABLE = "IHUB_CONNECTORS"


class CatalogueError(Exception):
    """A file cannot be used; each fault is a sentence with the file and the line."""

    def __init__(self, file: Path, found: Sequence[Fault]) -> None:
        """Word the faults."""
        self.sentences = tuple(f"{_shown(file)}, line {fault.line}: {fault.message}" for fault in found)
        super().__init__("\n".join(self.sentences))


@dataclass(frozen=True, slots=True)
class Folder:
    """A place with files; ``missing`` says what is wrong with it."""

    path: Path
    missing: str | None = None


def folders() -> list[Folder]:
    """Return iHUB's own catalogue and the folders that the operator named."""
    named = [Path(one) for one in os.environ.get(VARIABLE, "").split(os.pathsep) if one.strip()]
    absent = f"{VARIABLE} names a folder that is not there or cannot be read: "
    return [Folder(OWN), *(Folder(one, None if one.is_dir() else f"{absent}{one}.") for one in named)]


def files(folder: Path) -> list[Path]:
    """Return the descriptions in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file())


def connector_of(file: Path) -> Connector:
    """Return the connector that a file describes. Raises CatalogueError."""
    return connector(system(file))


def system(file: Path) -> System:
    """Read a file. Raises CatalogueError with all that is wrong in it."""
    described = _described(file)
    return System(described, form(described), _hook(file, described), _edition(file, described))


def _described(file: Path) -> Description:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CatalogueError(
            file, [Fault(1, "The file cannot be read. It has to be a text file in UTF-8.")]
        ) from None
    try:
        content = yaml_lines.read(text)
        described = Description.model_validate(content.content)
    except MarkedError as error:
        raise CatalogueError(file, [error.fault]) from None
    except ValidationError as error:
        raise CatalogueError(file, messages.worded(content, error)) from None
    found = consistency.check(content, described)
    if described.kind != file.stem:
        message = f"`kind` has to be the file's name: write `kind: {file.stem}`, or call the file {described.kind}.yaml."
        found.insert(0, Fault(content.line(("kind",)), message))
    if described.hook and not _module(file, described).is_file():
        message = f"There is no {described.hook}.py beside this file. Write one, or take `hook` out."
        found.append(Fault(content.line(("hook",)), message))
    if found:
        raise CatalogueError(file, found)
    return described


def _edition(file: Path, described: Description) -> str:
    files = [file, _module(file, described)] if described.hook else [file]
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()


def _module(file: Path, described: Description) -> Path:
    return file.with_name(f"{described.hook}.py")


def _hook(file: Path, described: Description) -> Hook | None:
    if described.hook is None:
        return None
    prepare: Hook | None = getattr(_loaded(_module(file, described)), "prepare", None)
    if prepare is None:
        raise CatalogueError(
            file, [Fault(1, f"{described.hook}.py has no function `prepare(draft, employee, settings)`.")]
        )
    return prepare


def _loaded(path: Path) -> Any:
    if path.parent == OWN:
        return import_module(f"connectors.catalogue.{path.stem}")
    name = f"connectors_of_operator_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogueError(path, [Fault(1, "This is not a Python module.")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever an operator's module does
        line = getattr(error, "lineno", None) or 1
        raise CatalogueError(
            path, [Fault(line, f"The module cannot be loaded: {type(error).__name__}.")]
        ) from error
    return module


def connector(system: System) -> Connector:
    """Return a described system as the registry lists it."""
    described = system.described
    target = described.target
    setting = organisations.setting(described)
    choice = OrganisationChoice(setting, partial(organisations.opened, system)) if setting else None
    return Connector(
        kind=described.kind,
        name=described.name,
        summary=described.summary,
        settings=system.form,
        sign_in=_sign_in(described),
        source=partial(RestSource, system) if described.source else None,
        target=partial(target_of(described), system) if target else None,
        paced=True,
        organisations=choice,
        external_id_chosen_by_us=bool(target and target.external_id_chosen_by_us),
        finds_external_id=bool(target and described.employees.by_external_id),
        creates_once=bool(target and described.employees.create and described.employees.create.idempotency),
        code_version=system.edition,
    )


def _endpoints(oauth: OAuth2) -> OAuthEndpoints:
    return OAuthEndpoints(
        oauth.authorize_path,
        oauth.token_path,
        oauth.scopes,
        client_in_body=oauth.client_in_body,
        pkce=oauth.pkce,
        revoke_path=oauth.revoke_path,
        refresh_days=oauth.refresh_days,
        base_url=(lambda settings: str(settings.login_url if oauth.url else settings.url)),
    )


def _sign_in(described: Description) -> SignIn:
    match described.authorisation:
        case OAuth2() as oauth:
            return SignIn(Authorisation.OAUTH2, _endpoints(oauth))
        case HeaderKey(header=header, prefix=prefix):
            return SignIn(Authorisation.API_KEY, key=KeyPlace(header, prefix))
        case Bearer():
            return SignIn(Authorisation.BEARER)
        case Basic(key_password=password):
            return SignIn(Authorisation.BASIC, key=KeyPlace(password=password))
        case _:
            return SignIn(Authorisation.NONE)


def _shown(file: Path) -> str:
    root = Path(__file__).parents[2]
    return str(file.relative_to(root) if file.is_relative_to(root) else file)
