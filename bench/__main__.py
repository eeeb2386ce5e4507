"""Measure the engine against a floor: `python -m bench [--employees N] [--only NAME]`.

Every figure is a ratio of two measurements of the same minutes on the same machine, by the clock and by CPU time.
"""

from __future__ import annotations

import argparse

from bench import measures, show
from bench.measures import Scale

EMPLOYEES = 5_000


def main() -> None:
    """Measure everything, or what --only names, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "--employees",
        type=int,
        default=EMPLOYEES,
        help="number of employees at the source (50000 for the targets)",
    )
    parser.add_argument("--concurrency", type=int, default=8, help="most requests at once to the target")
    parser.add_argument("--only", choices=sorted(measures.ALL), help="measure one thing")
    options = parser.parse_args()
    scale = Scale(options.employees, options.concurrency)
    show.heading(options.employees, options.concurrency)
    for name, measure in measures.ALL.items():
        if options.only in (None, name):
            for line in measure(scale):
                show.line(line)


if __name__ == "__main__":
    main()
