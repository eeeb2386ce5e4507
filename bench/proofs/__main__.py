"""Play generated companies: `python -m bench.proofs [--seed N] [--companies N] [--verbose] [--record]`.

With `--pay-days` each has one run and then a pay day, which is quicker.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator

from bench.proofs import histories, report, totals
from bench.proofs.environment import prepared
from bench.proofs.play import shortest
from bench.proofs.pool import play_all
from bench.proofs.web import Web
from core.clock import now

COMPANIES = 2_000
PAY_DAYS = 1_000
HISTORIES = 1_000
RUNS, LARGEST_RUN = 1_000, 40
# Violations of one kind that are shown with their story.
STORIES = 2


def main() -> int:
    """Play the companies and say what was found; exit code 1 when a promise was broken."""
    parser = ArgumentParser(prog="python -m bench.proofs", description=__doc__)
    parser.add_argument("--seed", type=int, help="seed of the first company; by default the time")
    parser.add_argument("--companies", type=int, default=COMPANIES, help="number of companies")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="number of processes")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the story of each company")
    parser.add_argument("--record", action="store_true", help="write the result into docs/guarantees.md")
    parser.add_argument(
        "--pay-days", action="store_true", help="play only the first run and a pay day of each"
    )
    options = parser.parse_args()
    first = int(time.time()) % 10**6 if options.seed is None else options.seed
    print(f"{now():%d %B %Y}: {options.companies} companies from seed {first} …", flush=True)
    began, total = time.monotonic(), report.Total(first)
    with prepared() as web:
        seeds = range(first, first + options.companies)
        for played in play_all(web, seeds, options.jobs, only_pay_days=options.pay_days):
            total.add(played)
            if options.verbose:
                print("\n".join(played.story), flush=True)
        if not options.verbose and not options.pay_days:
            _print_stories(web, total)
    total.seconds = time.monotonic() - began
    print(total.summary())
    if options.record and total.pay_days >= PAY_DAYS:
        report.record_pay_days(total)
    if options.pay_days:
        return 1 if total.seeds else 0
    if wrong := list(histories.check(range(first, first + HISTORIES))):
        print("\n".join(wrong))
        return 1
    print(f"Every sentence of the stories of {HISTORIES} random histories follows from the rows.")
    if wrong := list(_differing_totals(first)):
        print("\n".join(wrong))
        return 1
    print(f"The totals of {RUNS} random runs agree: pages, CSV, Excel, JSON Lines, Parquet, API and SQL.")
    if options.record and options.companies >= COMPANIES:
        report.record(total)
    return 1 if total.failures else 0


def _differing_totals(seed: int) -> Iterator[str]:
    with prepared():
        yield from totals.check(seed, RUNS, LARGEST_RUN)


def _print_stories(web: Web, total: report.Total) -> None:
    """Print the shortest story of the first violations of each kind."""
    for seed in sorted({seed for seeds in total.seeds.values() for seed in sorted(seeds)[:STORIES]}):
        print("\n".join(shortest(web, seed).story), flush=True)


if __name__ == "__main__":
    sys.exit(main())
