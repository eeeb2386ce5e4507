"""A file that cannot be used has messages with the line and the correction; the other files still work.

One file, because every test is one mistake in the same good description.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from connectors import registry
from connectors.contract.connector import Authorisation, OAuthEndpoints
from connectors.contract.errors import ConfigError
from connectors.rest import loader
from connectors.rest.__main__ import main, schema
from connectors.rest.checks.yaml_lines import read_yaml
from connectors.rest.loader import CATALOGUE, CatalogueError
from core.operations import doctor
from core.settings import ROOT
from core.sides.credentials import GivenAuthoriser
from tests.connectors.stand_ins import reply, scripted

GOOD = """\
kind: acme
name: Acme
summary: A payroll.
url: https://acme.example.com
requests_per_second: 5
authorisation: {kind: none}
settings:
  company: {title: Company, description: Which company., required: true}
check: {path: "/companies/{company}", id: id}
employees:
  id: id
  list: {path: /people}
  get: {path: "/people/{id}"}
  create: {path: /people}
  update: {path: "/people/{id}", sends: ours}
target:
  fields:
    - {name: last, label: Surname, from: surname, required: true, identity: surname}
    - {name: mail, label: E-mail, type: email, from: email}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(loader.FOLDERS_VARIABLE, str(tmp_path))
    registry.reload()
    yield tmp_path
    registry.reload()


def refused(folder: Path, text: str, name: str = "acme.yaml") -> list[str]:
    """Return the messages about a file, without the folder."""
    file = folder / name
    file.write_text(text)
    with pytest.raises(CatalogueError) as error:
        loader.load_system(file)
    return [sentence.removeprefix(f"{folder}/{name}, ") for sentence in error.value.sentences]


def test_a_file_without_findings_is_a_connector(folder: Path) -> None:
    (folder / "acme.yaml").write_text(GOOD)
    assert registry.connector_of("acme").name == "Acme"
    assert registry.unusable_files() == []
    assert "Acme" in [connector.name for connector in registry.connectors()]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("summary:", "sumary:", "line 3: `sumary` is not known here. Did you mean `summary`?"),
        ("name: Acme", "name: no", "line 2: `name` has to be a text. Write it in quotes."),
        ("  id: id\n", "", "line 10: `id` is missing in `employees`. Write for example `id: id`."),
        (", sends: ours", "", "line 15: `sends` is missing in `update`. Write for example `sends: ours`."),
        (
            "sends: ours",
            "sends: some",
            "line 15: `sends` cannot be used: write one of `ours` or `everything`.",
        ),
        ("path: /people}", "path: people}", "line 12: `path` cannot be used: a path begins with a slash"),
        (
            "{kind: none}",
            "{kind: nine}",
            "Write one of: none, header, bearer, basic, oauth2, client_credentials, password, token_request.",
        ),
        ("{kind: none}", "{}", "line 6: `kind` is missing in `authorisation`. Write one of: none, header"),
        ("{kind: none}", "none", "line 6: `authorisation` has to hold names with values"),
        ("https://acme", "http://acme", "line 4: `url` cannot be used: must begin with https://"),
        (
            "second: 5",
            "second: 0",
            "line 5: `requests_per_second` cannot be used: input should be greater than 0.",
        ),
        (
            "A payroll.",
            "Payroll",
            "line 3: `summary` cannot be used: it is a sentence and ends with a full stop.",
        ),
        ("from: surname,", "from: surnam,", "line 18: An employee has no `surnam`. Did you mean `surname`?"),
        ("from: surname,", "from: [first_name, 7],", "line 18: `1` has to be a text. Write it in quotes."),
        ("from: surname,", "from: {at: x, map: {}},", "line 18: `from` does not have a known form."),
        (
            "from: surname,",
            "",
            "line 18: `last` is never filled. Add `from:`, `template:`, `setting:` or `value:`; or `send: false`, if ",
        ),
        (
            "from: email}",
            "from: email, value: x}",
            "line 19: `mail` is filled in two ways, by `from` and `value`. Keep one.",
        ),
        (
            "from: email}",
            "setting: mail}",
            "line 19: There is no setting `mail`. Add it under `settings`.",
        ),
        ("type: email", "type: mail", "line 19: `type` cannot be used: write one of `text`"),
        ("name: mail", "name: last", "line 19: There is a field `last` already. Write each field once."),
        (
            "target:\n",
            "target:\n  together: [{fields: [last, lost], otherwise: {code: HALF, message: Half is there.}}]\n",
            "line 17: There is no field `lost` under `fields`.",
        ),
        (
            "identity: surname",
            "identity: family",
            "line 18: `identity` cannot be used: write one of `given names`",
        ),
        (
            "{company}",
            "{business}",
            "line 9: There is no setting `business`. Add it under `settings`",
        ),
        (
            'get: {path: "/people/{id}"}',
            "get: {path: /people}",
            "line 13: The path, the query or `json` has to hold {id}",
        ),
        (
            "  create: {path: /people}\n",
            "",
            "line 10: A target needs `create` here: how employees are created.",
        ),
        ("kind: acme", "kind: other", "line 1: `kind` has to be the file's name: write `kind: acme`"),
        ("kind: acme", "kind: Acme", "line 1: `kind` cannot be used: it has small letters"),
        ("  company:", "  url:", "line 8: A setting cannot be called `url`. Choose another name."),
        (
            "target:\n",
            "hook: more\ntarget:\n",
            "line 16: There is no more.py beside this file. Add it, or remove `hook`.",
        ),
        (
            "  fields:\n",
            "  external_id: number\n  fields:\n",
            "line 17: There is no field `number` under `fields`.",
        ),
        (
            "  fields:\n",
            "  ended: {field: mail}\n  fields:\n",
            "line 17: The end of an employment is a date. Write `type: date` at `mail`; how dates are written is ",
        ),
        (
            "  fields:\n",
            "  ended: {field: left}\n  fields:\n    - {name: left, label: Left, type: date}\n",
            "",
        ),
        (
            "from: email}",
            "from: email, bad: {code: ODD, message: Odd., stops: error}}",
            "line 19: With `stops`, the code has to be one of BAD_FORMAT",
        ),
        (
            "summary:",
            "name: Again\nsummary:",
            "line 3: `name` appears twice; the first is on line 2. Keep one of them.",
        ),
        ("  list:", "\tlist:", "line 12: There is a tab at the beginning. Indent with spaces."),
        ("{path: /people}", "{path: /people", "This is not YAML:"),
        ("check: {", "check: &x {", ""),
        (
            "  id: id\n",
            "  id: *x\n",
            "line 11: Anchors and aliases (& and *) are not used here. Write the value again.",
        ),
        (
            "name: Acme\nsummary: A payroll.",
            "name: &x Acme.\nsummary: *x",
            "line 3: Anchors and aliases (& and *) are not used here. Write the value again.",
        ),
        ("A payroll.", "A * payroll.", ""),
        (
            "summary: A payroll.",
            "summary: 2024-13-45",
            "line 3: This value cannot be read. Write it in quotes.",
        ),
    ],
)
def test_a_finding_has_its_line_and_says_what_to_write(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if not message:
        (tmp_path / "acme.yaml").write_text(text)
        assert loader.load_system(tmp_path / "acme.yaml").name == "Acme"
        return
    sentences = refused(tmp_path, text)
    assert any(message in sentence for sentence in sentences), sentences
    assert all(sentence.startswith("line ") and sentence.endswith((".", "?")) for sentence in sentences)


def test_all_findings_of_a_file_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = (
        GOOD.replace("kind: none", "kind: header")
        .replace("  id: id\n", "")
        .replace("type: email", "typ: email")
    )
    lines = [sentence.split(":")[0] for sentence in refused(tmp_path, text)]
    assert lines == ["line 6", "line 10", "line 18"]


@pytest.mark.parametrize("text", ["", "- a\n", "word", "{", "a: b: c", "\x00", "? [a]\n: b\n"])
def test_a_file_that_is_not_a_description_has_one_finding(tmp_path: Path, text: str) -> None:
    [sentence] = refused(tmp_path, text)
    assert sentence.startswith("line 1: ")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match="UTF-8"):
        loader.load_system(tmp_path / "acme.yaml")


def test_a_file_that_cannot_be_used_does_not_affect_the_others(folder: Path) -> None:
    (folder / "acme.yaml").write_text(GOOD)
    (folder / "broken.yaml").write_text("kind: broken\n")
    assert registry.connector_of("acme").name == "Acme"
    with pytest.raises(
        ConfigError, match=r"The connector 'broken' cannot be used\. .*broken\.yaml, line 1: "
    ):
        registry.connector_of("broken")
    assert any("broken.yaml, line 1" in sentence for sentence in registry.unusable_files())


def test_a_kind_that_is_taken_is_refused(folder: Path) -> None:
    (folder / "ipayroll.yaml").write_text(GOOD.replace("kind: acme", "kind: ipayroll"))
    assert registry.connector_of("ipayroll").name == "iPayroll"
    assert "There is a connector `ipayroll` already" in registry.unusable_files()[0]


def test_the_doctor_names_a_folder_that_does_not_exist(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(loader.FOLDERS_VARIABLE, os.pathsep.join([str(folder), str(folder / "none")]))
    [finding] = doctor._catalogue()
    assert not finding.well
    assert str(folder / "none") in finding.message


HOOK = """def prepare(draft, employee, settings):
    draft.put("last", employee.surname.upper())
"""


def test_a_hook_beside_the_file_may_fill_fields(folder: Path) -> None:
    (folder / "acme.yaml").write_text(GOOD + "hook: acme\n")
    (folder / "acme.py").write_text(HOOK)
    assert registry.unusable_files() == []
    assert registry.connector_of("acme").target is not None


def test_a_changed_file_and_a_changed_hook_change_the_version(tmp_path: Path) -> None:
    file, hook = tmp_path / "acme.yaml", tmp_path / "acme.py"
    versions = []
    for text, code in (
        (GOOD, HOOK),
        (GOOD, HOOK),
        (GOOD.replace("Acme", "Acne"), HOOK),
        (GOOD, HOOK.replace("upper", "lower")),
    ):
        file.write_text(text + "hook: acme\n")
        hook.write_text(code)
        versions.append(loader.load_connector(file).code_version)
    assert versions[0] == versions[1] and len(set(versions)) == 3


@pytest.mark.parametrize(
    ("module", "message"), [("x = 1\n", "no function `prepare"), ("1/0\n", "ZeroDivisionError")]
)
def test_a_hook_that_cannot_be_used_is_refused(folder: Path, module: str, message: str) -> None:
    (folder / "acme.yaml").write_text(GOOD + "hook: acme\n")
    (folder / "acme.py").write_text(module)
    assert message in registry.unusable_files()[0]


def test_the_schema_in_the_catalogue_matches_the_models() -> None:
    assert (CATALOGUE / "schema.json").read_text() == schema(), (
        "python -m connectors.rest --schema > connectors/catalogue/schema.json"
    )
    assert json.loads(schema())["required"]


@pytest.mark.parametrize("file", loader.list_files(CATALOGUE), ids=lambda file: file.stem)
def test_the_schema_accepts_a_file_of_the_catalogue_and_refuses_a_wrong_one(file: Path) -> None:
    validator = Draft202012Validator(json.loads(schema()))
    described = read_yaml(file.read_text()).content
    assert [error.message for error in validator.iter_errors(described)] == []
    for name in ("kind", "employees", "check"):
        assert not validator.is_valid({key: value for key, value in described.items() if key != name})
    assert not validator.is_valid(described | {"sumary": "Payroll."})


KINDS = {
    "{kind: none}": (Authorisation.NONE, {}, {}),
    "{kind: header, header: X-Key, prefix: 'Key '}": (
        Authorisation.API_KEY,
        {"api_key": "k"},
        {"X-Key": "Key k"},
    ),
    "{kind: bearer}": (Authorisation.BEARER, {"api_key": "k"}, {"Authorization": "Bearer k"}),
    "{kind: basic}": (
        Authorisation.BASIC,
        {"username": "a", "password": "b"},
        {"Authorization": "Basic YTpi"},
    ),
    "{kind: basic, key_password: x}": (
        Authorisation.BASIC,
        {"api_key": "k"},
        {"Authorization": "Basic azp4"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_authorisation_sends_its_headers(folder: Path, kind: str) -> None:
    authorisation, entered, headers = KINDS[kind]
    (folder / "acme.yaml").write_text(GOOD.replace("{kind: none}", kind))
    entry = registry.connector_of("acme")
    assert entry.sign_in.method is authorisation and entry.target is not None
    async with scripted(reply(200, {"id": 5})) as system:
        settings = entry.settings.model_validate({"url": system.url, "company": "h"})
        async with entry.target(settings, GivenAuthoriser(entry, entered)) as target:
            assert (await target.check()).id == "5"
    sent = {
        name: value for name, value in system.asked[0].headers.items() if name in {"x-key", "authorization"}
    }
    assert sent == {name.lower(): value for name, value in headers.items()}


def test_an_oauth_sign_in_has_its_addresses(folder: Path) -> None:
    url = "https://login.example.com"
    kind = f"{{kind: oauth2, url: {url}, authorize_path: /a, token_path: /t, scopes: [all], pkce: true}}"
    (folder / "acme.yaml").write_text(GOOD.replace("{kind: none}", kind))
    entry = registry.connector_of("acme")
    endpoints = entry.sign_in.oauth
    assert endpoints == OAuthEndpoints("/a", "/t", ("all",), pkce=True, base_url=str)
    assert endpoints.base_url(entry.settings.model_validate({"company": "h"})) == url


def test_each_file_of_the_catalogue_names_its_schema() -> None:
    for file in loader.list_files(CATALOGUE):
        assert file.read_text().startswith("# yaml-language-server: $schema=schema.json\n")


def test_a_file_can_be_checked_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "acme.yaml").write_text(GOOD)
    assert main([str(tmp_path / "acme.yaml")]) == 0
    (tmp_path / "acme.yaml").write_text(GOOD.replace("name: Acme", "nam: Acme"))
    assert main([str(tmp_path / "acme.yaml")]) == 1
    assert "line 2: `nam` is not known here. Did you mean `name`?" in capsys.readouterr().out


def test_the_schema_can_be_printed() -> None:
    command = [sys.executable, "-m", "connectors.rest", "--schema"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == schema()


def test_a_file_says_how_a_token_is_refreshed_and_revoked(tmp_path: Path) -> None:
    renewal = "revoke_path: /r, refresh_days: 14"
    oauth = f"{{kind: oauth2, authorize_path: /a, token_path: /t, scopes: [people], pkce: true, {renewal}}}"
    (tmp_path / "acme.yaml").write_text(GOOD.replace("{kind: none}", oauth))
    endpoints = loader.load_connector(tmp_path / "acme.yaml").sign_in.oauth
    assert endpoints == OAuthEndpoints(
        "/a", "/t", ("people",), pkce=True, revoke_path="/r", refresh_days=14, base_url=str
    )


@pytest.mark.parametrize(
    ("check", "setting"),
    [
        ('{path: /companies, where: {id: "{company}"}, id: id}', "company"),
        ('{path: /companies, where: {name: "{company}"}, id: id}', None),
        ('{path: "/companies/{company}", where: {id: "{company}"}, id: id}', None),
        ("{path: /companies, id: id}", None),
    ],
)
def test_organisations_are_offered_where_the_check_lists_them(
    tmp_path: Path, check: str, setting: str | None
) -> None:
    (tmp_path / "acme.yaml").write_text(GOOD.replace('{path: "/companies/{company}", id: id}', check))
    connector = loader.load_connector(tmp_path / "acme.yaml")
    assert (connector.organisations and connector.organisations.setting) == setting
