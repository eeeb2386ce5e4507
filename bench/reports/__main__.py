"""Measure pages and exports over years of records: `python -m bench.reports [--records 10000000] [--runs 100000]`."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import show
from bench.reports import browser, exports, fill, queries
from core import db, schema
from core.settings import settings
from harness import postgres
from harness.postgres import binaries

STORES = ("sqlite", "postgresql")


def main() -> None:
    """Fill a store of each kind, and print what its pages and exports take."""
    parser = argparse.ArgumentParser(prog="python -m bench.reports")
    parser.add_argument("--records", type=int, default=10_000_000, help="how many employees of runs, in all")
    parser.add_argument("--runs", type=int, default=100_000, help="how many runs")
    parser.add_argument("--store", choices=STORES, nargs="+", default=STORES, help="which stores")
    parser.add_argument("--without-browser", action="store_true", help="leave out the pages in a browser")
    options = parser.parse_args()
    for kind in options.store:
        with tempfile.TemporaryDirectory(prefix="ihub-bench-reports-") as folder, _store(kind) as url:
            if url is None:
                print("PostgreSQL is not installed here; set DATABASE_URL to an empty database of a server.")
                continue
            _use(Path(folder), url)
            _measure(kind, Path(folder), options)
            db.forget_engine()


def _measure(kind: str, home: Path, options: argparse.Namespace) -> None:
    began = time.perf_counter()
    schema.upgrade()
    actor = fill.fill(options.records, options.runs)
    print(
        f"{kind}: {options.records:,} records of {options.runs:,} runs, filled in {time.perf_counter() - began:.0f} s,"
        f" load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    for measurement in (*queries.measure(actor), *exports.measure(actor)):
        show.line(measurement, ())
    db.forget_engine()
    if not options.without_browser:
        for measurement in browser.measure(home):
            show.line(measurement, ())


def _use(home: Path, url: str) -> None:
    os.environ |= {"IHUB_HOME": str(home), "DATABASE_URL": url}
    settings.cache_clear()
    db.forget_engine()


@contextmanager
def _store(kind: str) -> Iterator[str | None]:
    """Yield the address of an empty store; empty for SQLite's own file, None where there is no PostgreSQL."""
    given = os.environ.get("DATABASE_URL", "")
    if kind == "sqlite":
        yield ""
    elif given.startswith("postgresql"):
        yield given
    elif (programs := binaries()) is None:
        yield None
    else:
        with postgres.server(programs) as address:
            yield f"{address}/postgres"


if __name__ == "__main__":
    main()
