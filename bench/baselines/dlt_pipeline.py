"""The same work with dlt: a resource that lists the HR system, and a destination that compares and sends.

Run by the environment of ``make bench-peers`` as ``python -m bench.baselines.dlt_pipeline SOURCE TARGET``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import dlt
import requests

from bench.baselines import measuring
from bench.baselines.script import PayrollWriter, pages


def run(source: str, target: str) -> None:
    """Load everybody who is missing in payroll or differs."""
    session = requests.Session()
    session.headers["X-Key"] = "bench"

    @dlt.resource(name="people", primary_key="id")  # type: ignore[untyped-decorator, unused-ignore]
    def people() -> Iterator[Any]:
        yield from pages(session, f"{source}/people", "people")

    writer = PayrollWriter(session, target)

    @dlt.destination(  # type: ignore[untyped-decorator, unused-ignore]
        name="payroll", batch_size=200, naming_convention="direct", skip_dlt_columns_and_tables=True
    )
    def payroll(items: list[dict[str, Any]], table: Any) -> None:
        del table
        for person in items:
            writer.write(person)

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("bench", destination=payroll, pipelines_dir=folder)
        pipeline.run(people()).raise_on_failed_jobs()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    measuring.measure(lambda: run(*arguments))
