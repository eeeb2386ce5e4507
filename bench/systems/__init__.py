"""The descriptions of the bench's systems, given to iHUB in a folder as an operator gives their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
HR, PAYROLL, BATCHES, EXPENSIVE = (
    "bench_hr",
    "bench_payroll",
    "bench_payroll_batches",
    "bench_payroll_expensive",
)


def write(folder: Path) -> None:
    """Write the descriptions, and the variants of payroll: one that takes batches, one whose listing is expensive."""
    for kind in (HR, PAYROLL):
        (folder / f"{kind}.yaml").write_text((HERE / f"{kind}.yaml").read_text())
    _write_variant(folder, BATCHES, "employees", {"create_many": {"path": "/employees/many", "most": 100}})
    _write_variant(folder, EXPENSIVE, "target", {"listing": "expensive"})


def _write_variant(folder: Path, kind: str, part: str, more: dict[str, Any]) -> None:
    description = yaml.safe_load((HERE / f"{PAYROLL}.yaml").read_text()) | {"kind": kind}
    description[part] |= more
    (folder / f"{kind}.yaml").write_text(yaml.safe_dump(description, sort_keys=False))
