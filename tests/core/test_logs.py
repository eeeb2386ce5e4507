"""Logs hold ids and counts only, on standard error, whatever is logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from connectors.values.redaction import MASK
from core import logs
from core.errors import StartError
from core.settings import settings

SECRETS = {
    "access_token": "canary",
    "clientSecret": "canary",
    "password": "canary",
    "tfn": "canary",
    "ird_number": "canary",
    "account_number": "canary",
    "api_key": "canary",
    "detail": {"refresh_token": "canary", "list": [{"tfn": "canary"}]},
}


@pytest.fixture(autouse=True)
def restored(home: Path) -> Iterator[None]:
    """Put logging back as it was."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    yield
    structlog.reset_defaults()
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def set_up(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IHUB_LOG_{name.upper()}", value)
    settings.cache_clear()
    logs.configure()


@pytest.mark.parametrize("as_json", ["0", "1"])
def test_secrets_are_masked_wherever_they_occur(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: str
) -> None:
    set_up(monkeypatch, json=as_json)
    structlog.get_logger().info("run.finished", run=12, third=3, **SECRETS)
    out, err = capsys.readouterr()
    assert out == "" and "canary" not in err
    assert "run.finished" in err and "12" in err and MASK in err


def test_json_logs_are_one_object_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(monkeypatch, json="1")
    structlog.get_logger().info("run.finished", run=12)
    logging.getLogger("somebody.else").warning("a library speaks")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["run"], first["level"]) == ("run.finished", 12, "info")
    assert (second["event"], second["level"]) == ("a library speaks", "warning")


def test_libraries_are_heard_from_warnings_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(monkeypatch, level="DEBUG")
    logging.getLogger("requests_oauthlib.oauth2_session").debug("token canary")
    logging.getLogger("somebody.else").info("chatter")
    structlog.get_logger().debug("ours")
    err = capsys.readouterr().err
    assert "ours" in err and "canary" not in err and "chatter" not in err


def test_less_severe_events_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(monkeypatch, level="warning")
    structlog.get_logger().info("quiet")
    assert capsys.readouterr().err == ""


def test_an_unknown_level_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StartError, match="IHUB_LOG_LEVEL"):
        set_up(monkeypatch, level="loud")
