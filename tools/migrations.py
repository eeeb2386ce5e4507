"""Check the migrations on SQLite and PostgreSQL: up, equal to the models, down to nothing, up again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import postgres

STEPS = (["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"])


def walk(store: str, environment: dict[str, str]) -> bool:
    """Take an empty store through all steps; say whether each succeeded."""
    for step in STEPS:
        command = [sys.executable, "-m", "alembic", *step]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout + done.stderr)
            print(f"Migrations on {store}: `alembic {' '.join(step)}` failed; its output is above.")
            return False
    print(f"Migrations on {store}: upgrade, check, downgrade and upgrade again succeeded.")
    return True


def main() -> int:
    """Check both engines; PostgreSQL where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        succeeded = walk(
            "SQLite", {"IHUB_HOME": folder, "DATABASE_URL": f"sqlite:///{Path(folder) / 'check.db'}"}
        )
        programs = postgres.binaries()
        if programs is None:
            print(
                "Migrations on PostgreSQL: not checked, because it is not installed (apt-get install postgresql)."
            )
            return 0 if succeeded and not os.environ.get("CI") else 1
        with postgres.server(programs) as address:
            succeeded = (
                walk("PostgreSQL", {"IHUB_HOME": folder, "DATABASE_URL": f"{address}/postgres"}) and succeeded
            )
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
