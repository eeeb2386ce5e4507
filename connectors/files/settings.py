"""What an administrator sets for a side whose employees are in files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from connectors.contract.connector import SideSettings

FOLDER, SFTP = "Folder on the iHUB server", "SFTP server"
EVERYBODY, CHANGES = "Everybody", "Changes only"
DELTA, FULL = "New and changed employees", "Everybody"
CSV, EXCEL = "CSV", "Excel"
_ADVANCED: Any = {"advanced": True}


def _plain_name(name: str) -> str:
    name = name.strip()
    if (
        not name
        or name.startswith(".")
        or any(sign in name for sign in '/\\:"<>|\x00')
        or not name.isprintable()
    ):
        raise ValueError("must be the name of a file, without a folder")
    return name


FileName = Annotated[str, Field(max_length=100), AfterValidator(_plain_name)]


class PlaceSettings(SideSettings):
    """Where the files are."""

    place: Literal["Folder on the iHUB server", "SFTP server"] = Field(
        "Folder on the iHUB server",
        title="Where the files are",
        description="On the iHUB server, or on an SFTP server.",
    )
    folder: str = Field(
        "",
        title="Folder",
        description="The name of the folder. On the iHUB server it is inside the folder that the operator of iHUB has "
        "given to your account.",
        max_length=300,
    )
    host: str = Field("", title="SFTP server", description="Such as sftp.example.com.", max_length=253)
    port: int = Field(
        22,
        title="Port",
        description="The port of the SFTP server.",
        ge=1,
        le=65535,
        json_schema_extra=_ADVANCED,
    )
    host_key: str = Field(
        "",
        title="Host key",
        description="The public key of the SFTP server, such as ssh-ed25519 AAAA…. Leave it blank the first time: iHUB "
        "shows the key of the server, and you compare it with what its operator says.",
        max_length=2000,
    )


class FileSourceSettings(PlaceSettings):
    """Settings of employees that are read from files."""

    file_name: FileName = Field(
        "employees*",
        title="File name",
        description="The name of the file; * stands for anything, such as employees-*.csv. The newest one counts.",
    )
    content: Literal["Everybody", "Changes only"] = Field(
        "Everybody",
        title="What a file has",
        description="Everybody: who is missing in the newest file has left the list. Changes only: all others stay "
        "as in earlier files.",
    )
    columns: str = Field(
        "",
        title="Columns",
        description="What each column is, one a line, such as Family name = surname. Leave it blank: after Connect, "
        "iHUB proposes it below.",
        max_length=20_000,
        json_schema_extra={"multiline": True, "advanced": True},
    )
    header_line: int = Field(
        1, title="Line of the headings", description="The number of the line with the headings.", ge=1, le=100
    )
    sheet: str = Field(
        "", title="Sheet", description="Excel: the name of the sheet. Blank: the first.", max_length=100,
        json_schema_extra=_ADVANCED,
    )  # fmt: skip
    encoding: Literal["Recognise", "UTF-8", "Windows-1252", "UTF-16"] = Field(
        "Recognise", title="Encoding", description="CSV: how letters are stored.", json_schema_extra=_ADVANCED
    )
    separator: Literal["Recognise", "Comma", "Semicolon", "Tab", "Bar"] = Field(
        "Recognise",
        title="Separator",
        description="CSV: what is between values.",
        json_schema_extra=_ADVANCED,
    )


class FileTargetSettings(PlaceSettings):
    """Settings of employees that are written to files."""

    file_name: FileName = Field(
        "employees",
        title="File name",
        description="Without its ending: employees makes employees-000001.csv.",
    )
    content: Literal["New and changed employees", "Everybody"] = Field(
        "New and changed employees",
        title="What a file has",
        description="New and changed employees: each run with changes makes a new file. Everybody: each run with "
        "changes replaces one file.",
    )
    format: Literal["CSV", "Excel"] = Field("CSV", title="Format", description="CSV is in UTF-8.")
    separator: Literal["Comma", "Semicolon", "Tab"] = Field(
        "Comma", title="Separator", description="CSV: what is between values.", json_schema_extra=_ADVANCED
    )
    number_from: Literal["employee_number", "source_id"] = Field(
        "employee_number",
        title="Number of an employee",
        description="What the payroll knows an employee by. It cannot be changed later.",
    )
    headings: str = Field(
        "",
        title="Headings",
        description="What the payroll calls columns, one a line: Surname = Family name. Blank: as iHUB calls them.",
        max_length=5000,
        json_schema_extra={"multiline": True, "advanced": True},
    )
    answer_file: str = Field(
        "",
        title="Answer file",
        description="The name of the file in which the payroll says what it has taken; * stands for anything. Blank: "
        "there is none.",
        max_length=100,
    )


class FileCredentials(BaseModel):
    """How iHUB signs in to the SFTP server: with a password or a key. A folder on the iHUB server needs neither."""

    username: str = Field("", title="User name", description="Only for an SFTP server.", max_length=300)
    password: SecretStr = Field(
        SecretStr(""), title="Password", description="It is kept encrypted and never shown."
    )
    private_key: SecretStr = Field(
        SecretStr(""),
        title="Private key",
        description="In place of a password: the whole text of the file, in the OpenSSH or PEM form.",
        json_schema_extra={"multiline": True},
    )
    passphrase: SecretStr = Field(
        SecretStr(""), title="Passphrase of the key", description="Only for a key that has one."
    )
