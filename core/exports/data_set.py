"""The data set: its tables by name, and their columns as docs/data.md lists them."""

from __future__ import annotations

from core.exports.columns import Table
from core.exports.person_table import PEOPLE
from core.exports.record_table import RECORDS
from core.exports.run_table import RUNS

TABLES = {table.name: table for table in (RUNS, RECORDS, PEOPLE)}


def describe(table: Table) -> str:
    """Return a table as Markdown: one line for each column."""
    lines = ["| name | heading | type | class | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{column.name}` | {column.heading} | {column.type} | {column.data_class} | {column.meaning} |"
        for column in table.columns
    ]
    return "\n".join(lines)
