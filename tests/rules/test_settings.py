"""docs/operations.md tells the truth about the settings."""

from __future__ import annotations

import re

import pytest

from core import settings
from core.errors import StartError
from core.settings import ROOT, Settings, variable

ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<default>[^|]*) \| (?P<meaning>[^|]*) \|$", re.MULTILINE)


def expected() -> dict[str, tuple[str, str]]:
    rows = {}
    for name, field in Settings.model_fields.items():
        text = field.description or ""
        meaning, _, words = text.partition(" Default: ")
        value = int(field.default) if isinstance(field.default, bool) else field.default
        default = words.rstrip(".") if words else f"`{value}`"
        rows[variable(name)] = (default, meaning)
    return rows


def test_the_table_of_settings_names_each_setting_with_its_default_and_meaning() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().split("## Settings")[1].split("\n## ")[0]
    written = {row["name"]: (row["default"].strip(), row["meaning"].strip()) for row in ROW.finditer(section)}
    found = {name: row for name, row in written.items() if "CLIENT" not in name}
    wanted = expected() | {"IHUB_HOME": ("`.ihub` in the project", expected()["IHUB_HOME"][1])}
    assert found == wanted


def test_a_setting_that_cannot_be_used_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_PORT", "eighty")
    settings.settings.cache_clear()
    with pytest.raises(StartError, match=r"^The setting IHUB_PORT cannot be used: .*\.$"):
        settings.settings()
    settings.settings.cache_clear()


def test_a_secret_in_a_setting_is_not_repeated_when_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_LEASE_SECONDS", "hunter2")
    settings.settings.cache_clear()
    with pytest.raises(StartError) as refusal:
        settings.settings()
    settings.settings.cache_clear()
    assert "hunter2" not in str(refusal.value)


def test_browsers_are_sent_to_the_port_that_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_PORT", "9000")
    monkeypatch.delenv("IHUB_URL", raising=False)
    assert Settings().url == "http://localhost:9000"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert Settings().database_url is None


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_PROT", "9000")
    monkeypatch.setenv("IHUB_CLIENT_ENABLEHR_ID", "ihub")
    assert settings.unknown_variables() == ["IHUB_PROT"]
