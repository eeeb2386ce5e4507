"""Measure the engine against a floor: `python -m bench [--employees N] [--only NAME]`.

Every figure is a ratio of two measurements of the same minutes on the same machine, by the clock and by CPU time.
"""

from __future__ import annotations

import argparse

from bench import measures, show
from bench.measures import Wish

EMPLOYEES = 5_000


def main() -> None:
    """Measure what was asked for, all of it by default, and print a line for each as it is known."""
    arguments = argparse.ArgumentParser(prog="python -m bench")
    arguments.add_argument(
        "--employees", type=int, default=EMPLOYEES, help="how many the source has (50000 for the targets)"
    )
    arguments.add_argument(
        "--concurrency", type=int, default=8, help="requests under way at the target at most"
    )
    arguments.add_argument("--only", choices=sorted(measures.ALL), help="measure one thing")
    given = arguments.parse_args()
    wish = Wish(given.employees, given.concurrency)
    show.heading(given.employees, given.concurrency)
    for name, measure in measures.ALL.items():
        if given.only in (None, name):
            for line in measure(wish):
                show.line(line)


if __name__ == "__main__":
    main()
