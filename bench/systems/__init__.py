"""The descriptions of the bench's systems, given to iHUB in a folder as an operator gives their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
HR, PAYROLL, BATCHES, EXPENSIVE, FORTY = (
    "bench_hr",
    "bench_payroll",
    "bench_payroll_batches",
    "bench_payroll_expensive",
    "bench_payroll_forty",
)
# The fields that payroll has besides, where a mapping changes forty, and where its file takes them from.
EXTRA = {
    "extra.fullName": "surname",
    "extra.initial": "first_name",
    "extra.site": "branch",
    "extra.payClass": "employment_type",
    "extra.started": "start_date",
    "extra.mobile": "mobile",
    "extra.fund": "super_funds.0.name",
    "extra.accounts": "bank_accounts.0.name",
}


def write(folder: Path) -> None:
    """Write the descriptions, and the variants of payroll: it takes batches, its listing is expensive, more fields."""
    for kind in (HR, PAYROLL):
        (folder / f"{kind}.yaml").write_text((HERE / f"{kind}.yaml").read_text())
    _write_variant(folder, BATCHES, "employees", {"create_many": {"path": "/employees/many", "most": 100}})
    _write_variant(folder, EXPENSIVE, "target", {"listing": "expensive"})
    fields = yaml.safe_load((HERE / f"{PAYROLL}.yaml").read_text())["target"]["fields"]
    extra = [{"name": name, "label": name, "from": origin} for name, origin in EXTRA.items()]
    _write_variant(folder, FORTY, "target", {"fields": fields + extra})


def forty_changes() -> str:
    """Return the mapping that changes forty fields, as YAML."""
    return (HERE / "forty_fields.yaml").read_text()


def _write_variant(folder: Path, kind: str, part: str, more: dict[str, Any]) -> None:
    description = yaml.safe_load((HERE / f"{PAYROLL}.yaml").read_text()) | {"kind": kind}
    description[part] |= more
    (folder / f"{kind}.yaml").write_text(yaml.safe_dump(description, sort_keys=False))
