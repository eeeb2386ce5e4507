"""The files of deploy/ start what the Procfile starts, with settings that there are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

from core.settings import ROOT, Settings, variable

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KNOWN = {variable(name) for name in Settings.model_fields} | {"TZ", "FORWARDED_ALLOW_IPS"}


def programs() -> set[str]:
    """Return what the Procfile starts, each without options."""
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes.values()
    return {" ".join(command.removeprefix("env FORWARDED_ALLOW_IPS= ").split()[:2]) for command in commands}


def test_units_start_the_programs_of_the_procfile() -> None:
    started = set()
    for unit in UNITS:
        [command] = [line for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
        started.add(" ".join(command.removeprefix("ExecStart=/opt/ihub/.venv/bin/").split()[:2]))
    assert started == programs()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed here")
    text = unit.read_text().replace("User=ihub\n", "").replace("/etc/ihub.env", str(DEPLOY / "ihub.env"))
    for name in ("streamlit", "python"):
        text = text.replace(f"/opt/ihub/.venv/bin/{name}", sys.executable)
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(text.replace("/opt/ihub", str(ROOT)))
    done = subprocess.run([program, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert unit.stem.replace("@", "@1") not in done.stderr and done.returncode == 0, done.stderr


def test_the_file_of_settings_names_settings_that_there_are() -> None:
    lines = (DEPLOY / "ihub.env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines if not line.startswith("#")} <= KNOWN


def test_a_shell_reads_every_setting_of_the_file() -> None:
    stated = dict(
        line.split("=", 1)
        for line in (DEPLOY / "ihub.env").read_text().splitlines()
        if not line.startswith("#")
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f"set -a; . '{DEPLOY / 'ihub.env'}'; env -0"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath},
    )
    read = dict(each.split("=", 1) for each in done.stdout.split("\0") if each)
    assert {name: read.get(name) for name in stated} == {
        name: value.strip("'") for name, value in stated.items()
    }


def test_the_compose_file_starts_the_programs_with_settings_that_there_are() -> None:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = document["services"]
    ours = {name: each for name, each in services.items() if each["image"] == "ihub"}
    started = {" ".join(each["command"].split()[:2]) for name, each in ours.items() if name != "upgrade"}
    assert started == programs()
    assert all(set(each["environment"]) <= KNOWN for each in ours.values())
    assert {
        volume.partition(":")[0] for each in services.values() for volume in each.get("volumes", ())
    } == set(document["volumes"])
    assert "noeviction" in services["redis"]["command"]
