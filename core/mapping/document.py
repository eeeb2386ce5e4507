"""The document of a mapping: what one connection changes in its target's fields, and who is synced.

The same document is what a version holds, what a draft holds, and what is exported as YAML.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError
from ruamel.yaml import YAML

from connectors.rest.checks import messages, yaml_lines
from connectors.rest.checks.yaml_lines import Finding, Location, YamlDocument, YamlError
from connectors.rest.description.base import Name
from connectors.rest.description.field_change import FieldChange
from core.errors import InvalidError

# The form of documents; a later form has a higher number.
FORM = 1
# What no page can show: half of a surrogate pair.
_UNUSABLE = re.compile("[\ud800-\udfff]")
_UNUSABLE_SAID = "This text has a character that cannot be stored. Write it again without it."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Starters(_Part):
    """Employees whose employment is still to begin."""

    days_before: StrictInt = Field(ge=0, le=3660, examples=[14])
    """From this number of days before the start they are synced."""


class Leavers(_Part):
    """Employees whose employment has ended."""

    days_after: StrictInt = Field(ge=0, le=3660, examples=[30])
    """Until this number of days after the end they are synced."""


class People(_Part):
    """Employees who are in or out whatever the conditions say, by the ids of the source."""

    include: tuple[str, ...] = Field((), max_length=1000)
    exclude: tuple[str, ...] = Field((), max_length=1000)


class MappingDocument(_Part):
    """What one connection changes."""

    form: StrictInt = Field(FORM, ge=1)
    """The form of the document itself."""
    connector: Name = Field(examples=["keypay"])
    """The kind of the target."""
    made_against: str | None = None
    """The digest of the fields of the target's file when the changes were made."""
    fields: tuple[FieldChange, ...] = ()
    """Changes to fields of the target's file, by name."""
    scope: Any = None
    """The condition that an employee has to meet to be synced."""
    starters: Starters | None = None
    leavers: Leavers | None = None
    people: People | None = None


class MappingFaultsError(InvalidError):
    """A mapping cannot be used; each finding says what is wrong, with the line where there is a file."""

    def __init__(self, findings: Sequence[Finding], *, with_lines: bool = True) -> None:
        self.findings = tuple(findings)
        self.sentences = tuple(
            f"Line {finding.line}: {finding.message}" if with_lines else finding.message
            for finding in findings
        )
        super().__init__("\n".join(self.sentences))


def to_json(document: MappingDocument) -> dict[str, Any]:
    """Return a document in its canonical form: only what it says, without keys that are as in the file."""
    said = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    said["connector"] = document.connector
    said["fields"] = [field for field in said.get("fields", ()) if len(field) > 1]
    if "people" in said:
        said["people"] = {name: ids for name, ids in (said["people"] or {}).items() if ids}
    if said.get("form") == FORM:
        del said["form"]
    return {key: value for key, value in said.items() if value is not None and value not in ([], {})}


def from_json(said: Mapping[str, Any]) -> MappingDocument:
    """Return a document that was stored. Raises MappingFaultsError, without line numbers, where it cannot be used."""
    return _validate(YamlDocument(dict(said)), with_lines=False)


def digest(document: MappingDocument) -> str:
    """Return the SHA-256 over what a document says; the order of keys, and against what it was made, do not matter."""
    said = {key: value for key, value in to_json(document).items() if key != "made_against"}
    written = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def to_yaml(document: MappingDocument) -> str:
    """Return a document as YAML, in the words of connector files."""
    return write_yaml({"form": FORM} | to_json(document))


def write_yaml(said: Any) -> str:
    """Return a part of a document as YAML."""
    yaml: Any = YAML(typ="safe", pure=True)
    text = io.StringIO()
    yaml.version = (1, 1)
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 110
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(said, text)
    return text.getvalue().removeprefix("%YAML 1.1\n---\n")


def read_yaml(text: str) -> tuple[MappingDocument, YamlDocument]:
    """Read a document with the lines of its parts. Raises MappingFaultsError with everything that is wrong in it."""
    try:
        document = yaml_lines.read_yaml(text)
    except YamlError as error:
        raise MappingFaultsError([error.finding]) from None
    return _validate(document), document


def decode_upload(content: bytes) -> str:
    """Return the text of an uploaded file. Raises MappingFaultsError for a file that is too long, or not in UTF-8."""
    if len(content) > yaml_lines.MAX_CHARACTERS:
        message = "The file is far too long for a mapping. Is it the right one?"
        raise MappingFaultsError([Finding(1, message)], with_lines=False)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "The file cannot be read. It has to be a text file in UTF-8."
        raise MappingFaultsError([Finding(1, message)], with_lines=False) from None


def from_yaml(text: str) -> MappingDocument:
    """Read a document. Raises MappingFaultsError with everything that is wrong in it."""
    return read_yaml(text)[0]


def _validate(document: YamlDocument, *, with_lines: bool = True) -> MappingDocument:
    form = document.content.get("form", FORM)
    if isinstance(form, int) and form > FORM:
        message = (
            f"This mapping was exported by a newer version of iHUB (form {form}; this version reads {FORM}). "
            "Update iHUB, or export it again there in the older form."
        )
        raise MappingFaultsError([Finding(document.line(("form",)), message)], with_lines=with_lines)
    if unusable := [
        Finding(document.line(place), _UNUSABLE_SAID) for place in _find_unusable(document.content)
    ]:
        raise MappingFaultsError(unusable, with_lines=with_lines)
    try:
        return MappingDocument.model_validate(document.content)
    except ValidationError as error:
        findings = messages.describe_errors(document, error, MappingDocument)
        raise MappingFaultsError(findings, with_lines=with_lines) from None


def _find_unusable(value: Any, place: Location = ()) -> Iterator[Location]:
    """Yield the place of each text that cannot be stored."""
    if isinstance(value, str):
        if _UNUSABLE.search(value):
            yield place
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _find_unusable(str(key), (*place, key))
            yield from _find_unusable(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _find_unusable(inner, (*place, index))
