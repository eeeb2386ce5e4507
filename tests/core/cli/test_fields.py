"""The fields of a system, as the command prints them."""

from __future__ import annotations

import json

from tests.core.cli.conftest import Command


def test_the_fields_of_a_source_and_of_a_target(command: Command) -> None:
    source = command("fields", "enablehr")
    assert source.code == 0
    assert any(
        line.split() == ["au_tax.tfn", "Tax", "file", "number", "text", "yes", "xxx", "xxx", "xxx"]
        for line in source.out.splitlines()
    )
    assert "What enableHR has of its employees as a source:" in source.out and "as a target" not in source.out
    target = command("fields", "keypay").out
    assert "The fields of Employment Hero Payroll as a target:" in target
    assert "E-mail, else Work e-mail" in target
    held = json.loads(command("fields", "keypay", "--json").out)
    [number] = [field for field in held["target"] if field["name"] == "taxFileNumber"]
    assert number["required"] and number["sensitive"] and held["source"] == []


def test_a_system_that_does_not_exist(command: Command) -> None:
    answer = command("fields", "none")
    assert answer.code == 2 and "There is no connector 'none'." in answer.err
