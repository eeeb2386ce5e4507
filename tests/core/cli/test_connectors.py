"""The file of a new system is drafted, checked, tried against the system and recorded by commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.connectors.vendor import Vendor, vendor
from tests.connectors.vendors.played import BambooHR, HiBob, Personio
from tests.core.cli.conftest import Command

VENDORS = ROOT / "tests" / "connectors" / "vendors"
SPECS = ROOT / "harness" / "specs"
PERSON = {
    "firstName": "Canary",
    "surname": "Kanarienvogel",
    "email": "canary@kanarienvogel.example.com",
    "work": {"startDate": "2024-07-01"},
}
SECRETS = ("Canary", "canary", "Kanarienvogel", "kanarienvogel", "2024-07-01", "hunter2")


@pytest.fixture
def bob() -> Iterator[Vendor]:
    played = HiBob()
    for _ in range(4):
        played.add(PERSON)
    with vendor(played.reply) as running:
        yield running


def entered(folder: Path, **values: str) -> str:
    (folder / "entered.json").write_text(json.dumps(values))
    return str(folder / "entered.json")


def test_the_systems_are_listed_with_the_files_that_cannot_be_used(command: Command) -> None:
    listed = command("connectors", "list", "--json").object
    assert {
        "kind": "keypay",
        "name": "Employment Hero Payroll",
        "roles": ["target"],
        "sign_in": "basic",
    } in listed["connectors"]
    assert "ipayroll" in command("connectors", "list").out and listed["unusable"] == []


def test_a_file_is_tried_against_the_system_and_nobody_is_shown(
    command: Command, bob: Vendor, tmp_path: Path
) -> None:
    key = entered(tmp_path, username="service", password="hunter2")
    answer = command(
        "connectors", "check", str(VENDORS / "hibob.yaml"), "--against", bob.url, "--credentials", key
    )
    # The stand-in has no list of sites, which the check asks for.
    assert answer.code == 1 and "HiBob can be used." in answer.out and "As a source:" in answer.out
    text = (VENDORS / "hibob.yaml").read_text()
    check = text.replace("/v1/company/named-lists/site, records: values", "/v1/people/1, method: POST")
    (tmp_path / "hibob.yaml").write_text(check.replace("name: value", "name: surname"))
    answer = command(
        "connectors", "check", str(tmp_path / "hibob.yaml"), "--against", bob.url, "--credentials", key
    )
    assert answer.code == 0, answer.out
    assert "`list` works; the first pages have 4." in answer.out and "`get` shows one of them." in answer.out
    lines = [line for line in answer.out.splitlines() if "somebody:" in line]
    assert len(lines) == 6 and "Start date a date in 2020–2029" in lines[0] and "First name •••" in lines[0]
    told = answer.out.replace("opens Kanarienvogel (id 1)", "")  # the organisation is named
    assert not any(secret in told for secret in SECRETS)
    assert not any(asked.method in {"PUT", "PATCH", "DELETE"} for asked in bob.asked)


def test_what_a_system_answers_is_recorded_with_invented_people(command: Command, tmp_path: Path) -> None:
    played = BambooHR()
    played.add({"firstName": "Canary", "lastName": "Kanarienvogel", "hireDate": "2024-07-01"})
    kept = tmp_path / "bamboohr.json"
    (tmp_path / "settings.json").write_text('{"company": "h"}')
    text = (VENDORS / "bamboohr.yaml").read_text()
    text = text.replace('company_information"', 'employees/1", query: {fields: lastName}')
    (tmp_path / "bamboohr.yaml").write_text(text.replace("id: legalName", "id: employeeId"))
    with vendor(played.reply) as running:
        answer = command(
            *("connectors", "record", str(tmp_path / "bamboohr.yaml"), "--against", running.url),
            *("--to", str(kept), "--settings", str(tmp_path / "settings.json")),
            *("--credentials", entered(tmp_path, api_key="hunter2")),
        )
    assert "responses are in" in answer.out, answer.out
    recorded = json.loads(kept.read_text())
    assert not any(secret in kept.read_text() for secret in SECRETS)
    details = [each["json"] for each in recorded if "firstName" in (each["json"] or {})]
    assert details and details[0]["hireDate"].startswith("199") and details[0]["firstName"].startswith("X")
    listed = next(each["json"]["employees"][0] for each in recorded if "employees" in (each["json"] or {}))
    assert listed["id"] == details[0]["employeeId"]


@pytest.mark.parametrize("kind", ["ipayroll", "keypay", "enablehr"])
def test_a_file_is_drafted_from_a_description_and_can_be_used(
    command: Command, tmp_path: Path, kind: str
) -> None:
    spec = str(SPECS / f"{kind}.yaml")
    drafted = command("connectors", "draft", "--openapi", spec, "--kind", "draft")
    assert drafted.code == 0 and "CHECK" in drafted.out
    file = tmp_path / "draft.yaml"
    file.write_text(drafted.out)
    answer = command("connectors", "check", str(file), "--openapi", spec)
    assert "can be used." in answer.out
    assert "has no GET" not in answer.out and "has no POST" not in answer.out
    if (shipped := ROOT / "connectors" / "catalogue" / f"{kind}.yaml").is_file():
        answer = command("connectors", "check", str(shipped), "--openapi", spec)
        wanted = "in Australia" if kind == "keypay" else "in New Zealand"
        assert not [line for line in answer.out.splitlines() if wanted in line], answer.out


PERSON_FORM = {"$ref": "#/components/schemas/Person"}
OPENAPI = {
    "openapi": "3.0.0",
    "info": {"title": "Acme"},
    "servers": [{"url": "https://api.acme.example.com/v2"}],
    "components": {
        "securitySchemes": {
            "o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.acme.example.com/token"}}}
        },
        "schemas": {
            "Person": {
                "type": "object",
                "required": ["lastName", "site"],
                "properties": {
                    "personId": {"type": "string", "readOnly": True},
                    "lastName": {"type": "string", "maxLength": 5},
                    "hireDate": {"type": "string", "format": "date"},
                    "site": {"type": "integer"},
                },
            }
        },
    },
    "paths": {
        "/people": {
            "get": {
                "parameters": [{"in": "query", "name": "cursor"}, {"in": "query", "name": "limit"}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "properties": {
                                        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                                        "paging": {"properties": {"nextCursor": {"type": "string"}}},
                                    }
                                }
                            }
                        }
                    }
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}},
                "responses": {"201": {"content": {"application/json": {"example": {"data": {"personId": "7"}}}}}},
            },
        },
        "/people/{personId}": {
            "get": {"responses": {"200": {"content": {"application/json": {"schema": PERSON_FORM}}}}},
            "patch": {"responses": {"200": {"description": "done"}}},
        },
    },
}  # fmt: skip


def test_a_dry_run_says_what_the_description_would_refuse(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps(OPENAPI))
    file = tmp_path / "acme.yaml"
    drafted = command("connectors", "draft", "--openapi", str(spec))
    file.write_text(drafted.out)
    for line in (
        "authorisation: {kind: client_credentials, url: https://id.acme.example.com, token_path: /token}",
        "  id: personId",
        "paging: {kind: cursor, parameter: cursor, cursor: paging.nextCursor, size_parameter: limit}",
        'update: {path: "/people/{id}", method: PATCH, sends: ours}',
        "{name: lastName, label: Last name, from: surname, required: true, max_length: 5, identity: surname}",
        "{name: site, label: Site, type: number, send: false}  # CHECK: required there",
    ):
        assert line in drafted.out, line
    answer = command("connectors", "check", str(file), "--openapi", str(spec))
    assert answer.code == 1
    assert "But: Nobody already there can be recognised" in answer.out
    assert "`site` is required and is not sent." in answer.out
    assert "has no id at `personId`" in answer.out
    fixed = drafted.out.replace("create: {path: /people", "create: {path: /people, record: data")
    file.write_text(fixed.replace("type: number, send: false", "type: number, value: 7"))
    answer = command("connectors", "check", str(file), "--openapi", str(spec))
    assert "has no id" not in answer.out and "`site`" not in answer.out
    wrong = drafted.out.replace('"/people/{id}"', '"/staff/{id}"').replace("max_length: 5, ", "")
    file.write_text(
        wrong.replace("name: hireDate", "name: hiredOn").replace("type: number, send: false", "value: x")
    )
    out = command("connectors", "check", str(file), "--openapi", str(spec)).out
    assert "the description of the system has no GET /staff/{id}" in out
    assert "`lastName` takes at most 5 characters." in out and "`hiredOn` is not in the description" in out


def test_a_description_that_leads_back_to_itself_is_read(command: Command, tmp_path: Path) -> None:
    person = {
        "allOf": [{"$ref": "#/components/schemas/Being"}],
        "properties": {"boss": PERSON_FORM, "surname": {}},
    }
    being = {"oneOf": [PERSON_FORM], "properties": {"id": {"type": "string"}, "child": PERSON_FORM}}
    document = OPENAPI | {"components": {"schemas": {"Person": person, "Being": being}}}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    drafted = command("connectors", "draft", "--openapi", str(tmp_path / "spec.json"))
    assert drafted.code == 0 and "surname: surname" in drafted.out
    (tmp_path / "acme.yaml").write_text(drafted.out)
    checked = command(
        "connectors", "check", str(tmp_path / "acme.yaml"), "--openapi", str(tmp_path / "spec.json")
    )
    assert "can be used." in checked.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "neither JSON nor YAML"),
        ("a: 1", "is no OpenAPI description"),
        ('{"paths": {"/pets": {"get": {}}}}', "no list of employees"),
    ],
)
def test_a_description_that_cannot_be_used_is_said(
    command: Command, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "spec.json").write_text(content)
    answer = command("connectors", "draft", "--openapi", str(tmp_path / "spec.json"))
    assert answer.code == 2 and message in answer.err


def test_what_is_wrong_in_a_file_and_missing_credentials_are_said(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "hibob.yaml"
    shutil.copy(VENDORS / "hibob.yaml", file)
    answer = command("connectors", "check", str(file), "--against", "http://127.0.0.1:1")
    assert answer.code == 2 and "--credentials: username, password" in answer.err
    file.write_text(file.read_text().replace("sends: ours", "sends: mine"))
    answer = command("connectors", "check", str(file))
    assert answer.code == 1 and "line 17: `sends`" in answer.out
    assert command("connectors", "check", str(tmp_path / "none.yaml")).code == 2


def test_a_token_is_asked_for_before_a_file_is_tried(command: Command, tmp_path: Path) -> None:
    played = Personio()
    played.add({"first_name": "Canary", "last_name": "Kanarienvogel", "hire_date": "2024-07-01T00:00:00"})
    key = entered(tmp_path, client_id="c", client_secret="hunter2")
    with vendor(played.reply) as running:
        answer = command(
            *("connectors", "check", str(VENDORS / "personio.yaml")),
            *("--against", running.url, "--credentials", key),
        )
        assert running.asked[0].json == {"client_id": "c", "client_secret": "hunter2"}
    assert answer.code == 0, answer.out
    assert not any(secret in answer.out for secret in SECRETS)
