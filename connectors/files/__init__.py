"""Employees in files, as CSV or Excel: read from a folder or an SFTP server, and written there for payrolls."""

from functools import partial

from connectors.contract.connector import Authorisation, Connector, SignIn
from connectors.contract.source_fields import standard_fields
from connectors.files.described import describe_target
from connectors.files.reading import columns
from connectors.files.settings import FileCredentials, FileSourceSettings, FileTargetSettings
from connectors.files.source import KIND, NAME, FileSource
from connectors.files.target import FileTarget
from connectors.rest.field_wording import summarise_fields

_SIGN_IN = SignIn(Authorisation.FORM, credentials=FileCredentials)
_TEMPLATES = ("payroll_files", "definitiv_files", "micropay_files")


def _source() -> Connector:
    read = {".".join(part for part in path.split(".") if not part.isdigit()) for path in columns.choices()}
    return Connector(
        kind=KIND,
        name=NAME,
        summary="CSV or Excel files with employees, in a folder or by SFTP.",
        settings=FileSourceSettings,
        sign_in=_SIGN_IN,
        source=FileSource,
        source_fields=standard_fields(read),
        localised=True,
        uses_folder=True,
    )


def _target(template: str) -> Connector:
    system = describe_target(template, FileTargetSettings)
    return Connector(
        kind=system.description.kind,
        name=system.name,
        summary=system.description.summary,
        settings=FileTargetSettings,
        sign_in=_SIGN_IN,
        target=partial(FileTarget, system),
        writes_per_request=FileTarget.batch_size,
        localised=True,
        uses_folder=True,
        external_id_chosen_by_us=True,
        target_fields=summarise_fields(system.description),
        code_version=system.code_version,
        system=system,
    )


CONNECTORS = (_source(), *map(_target, _TEMPLATES))
