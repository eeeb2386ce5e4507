"""The list of commands, which is printed without importing any of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from core.cli.app import COMMANDS, app
from core.settings import ROOT


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says(name: str) -> None:
    command = typer.main.get_group(app).commands[name]
    assert command.help is not None
    assert command.help.splitlines()[0].startswith(COMMANDS[name][1].removesuffix("."))


@pytest.mark.timing
def test_help_imports_no_command() -> None:
    program = (
        "import sys\nfrom core.cli.app import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*(name for name in ('sqlalchemy', 'redis', 'pydantic', 'aiohttp') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == ""
