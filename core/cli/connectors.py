"""``connectors``: the systems that iHUB knows, and trying the file of a new one before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from connectors import registry
from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import ConnectorError
from connectors.contract.exchanges import KeptExchanges
from connectors.credential_forms import credentials_form
from connectors.rest import loader
from connectors.rest.loader import CatalogueError
from connectors.rest.trial.against import try_connector, unrecognised
from connectors.rest.trial.draft_file import draft as draft_file
from connectors.rest.trial.dry_run import compare_with
from connectors.rest.trial.openapi import OpenApiError, read_openapi
from connectors.rest.trial.recording import fixture
from core.cli import inputs
from core.cli.output import WENT_WRONG, Json, command_group, print_json, print_table, print_text
from core.errors import InvalidError
from core.sides.credentials import GivenAuthoriser, with_token_in_force
from core.sides.systems import parse_settings

app = command_group("List the systems that iHUB knows, and try the file of a new one.")
File = Annotated[Path, typer.Argument(help="The file that describes the system, such as acme.yaml.")]
Against = Annotated[str | None, typer.Option(help="Address of the system, or of its test system.")]
Credentials = Annotated[
    str | None,
    typer.Option(help='JSON file with what is entered to connect it, {"api_key": "…"}; - is standard input.'),
]
CredentialsEnv = Annotated[str | None, typer.Option(help="Environment variable with that JSON.")]
Settings = Annotated[str | None, typer.Option(help="JSON file with its settings; - is standard input.")]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the systems that connections can be made of, and the files that cannot be used."""
    rows = [
        {
            "kind": each.kind,
            "name": each.name,
            "roles": list(each.roles()),
            "sign_in": each.sign_in.method.value,
        }
        for each in registry.connectors()
    ]
    unusable = list(registry.unusable_files())
    if as_json:
        print_json({"connectors": rows, "unusable": unusable})
        return
    print_table(
        ("Kind", "Name", "As", "Connected by"),
        [(row["kind"], row["name"], " and ".join(row["roles"]), row["sign_in"]) for row in rows],
    )
    for sentence in unusable:
        print_text(sentence)


@app.command()
def check(
    file: File,
    *,
    against: Against = None,
    credentials: Credentials = None,
    credentials_env: CredentialsEnv = None,
    settings: Settings = None,
    openapi: Annotated[Path | None, typer.Option(help="The system's interface description.")] = None,
) -> None:
    """Say what is wrong in a file, try it against the system, or compare it with its interface description.

    Nothing is written to the system. Values of people are masked.
    """
    connector = _load(file)
    print_text(f"{file}: {connector.name} can be used.")
    is_good = True
    for sentence in unrecognised(connector.system):
        print_text(f"But: {sentence}")
    if openapi is not None:
        is_good = _compare(connector, openapi, inputs.json_object(settings, None)) and is_good
    if against is not None:
        side = _settings_of(connector, against, settings)
        authoriser = _authoriser(connector, side, inputs.json_object(credentials, credentials_env))
        is_good = asyncio.run(_try(connector, side, authoriser)) and is_good
    if not is_good:
        raise typer.Exit(WENT_WRONG)


@app.command()
def draft(
    openapi: Annotated[
        Path, typer.Option(help="The vendor's interface description, OpenAPI 3 or Swagger 2.")
    ],
    kind: Annotated[str, typer.Option(help="The name of the file without .yaml, in small letters.")] = "acme",
) -> None:
    """Propose a file from a vendor's interface description; CHECK marks in it what was guessed."""
    try:
        text = draft_file(read_openapi(openapi), kind)
    except OpenApiError as error:
        raise InvalidError(str(error)) from error
    print_text(text.rstrip("\n"))


@app.command()
def record(
    file: File,
    *,
    against: Annotated[str, typer.Option(help="Address of the system, or of its test system.")],
    to: Annotated[Path, typer.Option(help="The file that the responses are written to, as JSON.")],
    credentials: Credentials = None,
    credentials_env: CredentialsEnv = None,
    settings: Settings = None,
) -> None:
    """Keep what the system answers as a fixture for tests, with every value of a person replaced by an invented one."""
    connector = _load(file)
    side = _settings_of(connector, against, settings)
    authoriser = _authoriser(connector, side, inputs.json_object(credentials, credentials_env))
    with KeptExchanges() as exchanges:
        is_good = asyncio.run(_try(connector, side, authoriser))
    kept = fixture(connector.system.description, exchanges)
    to.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2, default=str))
    print_text(
        f"{len(kept)} responses are in {to}, with invented values. Look through it before you share it."
    )
    if not is_good:
        raise typer.Exit(WENT_WRONG)


def _load(file: Path) -> Connector:
    if not file.is_file():
        raise InvalidError(f"There is no file {file}.")
    try:
        return loader.load_connector(file)
    except CatalogueError as error:
        for sentence in error.sentences:
            print_text(sentence)
        raise typer.Exit(WENT_WRONG) from None


def _settings_of(connector: Connector, against: str, settings: str | None) -> SideSettings:
    return parse_settings(connector, {**inputs.json_object(settings, None), "url": against})


def _authoriser(connector: Connector, side: SideSettings, entered: Mapping[str, Any]) -> GivenAuthoriser:
    form = credentials_form(connector)
    if form is not None and not entered:
        names = ", ".join(form.model_fields)
        raise InvalidError(f"Give what is entered to connect {connector.name} with --credentials: {names}.")
    return GivenAuthoriser(connector, with_token_in_force(connector, side, entered))


async def _try(connector: Connector, side: SideSettings, authoriser: GivenAuthoriser) -> bool:
    is_good = True
    async for step in try_connector(connector, side, authoriser):
        print_text(step.text)
        is_good = is_good and not step.is_fault
    return is_good


def _compare(connector: Connector, openapi: Path, settings: Mapping[str, Any]) -> bool:
    try:
        api = read_openapi(openapi)
        faults = list(compare_with(api, connector.system, parse_settings(connector, settings)))
    except (OpenApiError, ConnectorError) as error:
        raise InvalidError(str(error)) from error
    for fault in faults:
        print_text(f"  {fault}")
    if not faults:
        print_text(f"  What {connector.name} would be sent has the form of its description.")
    return not faults
