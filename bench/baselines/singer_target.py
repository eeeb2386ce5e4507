"""Payroll as a Singer target. Run by the environment of ``make bench-peers``; the address is in TARGET."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, ClassVar

import requests
from singer_sdk.sinks import RecordSink
from singer_sdk.target_base import Target

from bench.baselines import measuring
from bench.baselines.script import PayrollWriter


class PayrollSink(RecordSink):  # type: ignore[misc, unused-ignore]
    """Compares and sends one employee after the other."""

    @cached_property
    def writer(self) -> PayrollWriter:
        """Return the payroll, listed once."""
        session = requests.Session()
        session.headers["X-Key"] = "bench"
        return PayrollWriter(session, os.environ["TARGET"])

    def process_record(self, record: dict[str, Any], context: Any) -> None:
        """Send the employee, where that is needed."""
        self.writer.write(record)


class PayrollTarget(Target):  # type: ignore[misc, unused-ignore]
    """The target."""

    name, default_sink_class = "target-bench", PayrollSink
    config_jsonschema: ClassVar[dict[str, Any]] = {"properties": {}}


if __name__ == "__main__":
    measuring.measure(lambda: PayrollTarget.cli([]))
