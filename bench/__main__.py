"""Measure what users run against a floor: `python -m bench [--employees N] [--only NAME]`.

Every figure is a ratio of measurements of the same minutes on the same machine, by the clock and by CPU time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import structlog

from bench import home_page, limits, ratios, show
from bench.baselines import peers
from bench.baselines.programs import SCRIPT
from bench.ratios import Scale
from bench.show import Line

MEASURES: dict[str, Callable[[Scale], Iterator[Line]]] = {
    "first": ratios.first,
    "batches": ratios.batches,
    "unchanged": ratios.unchanged,
    "mapped": ratios.mapped,
    "expensive": ratios.expensive,
    "postgresql": ratios.on_postgresql,
    "enablehr": limits.enablehr,
    "start": limits.start_up,
    "memory": limits.memory,
    "home": home_page.measure,
}


def main() -> None:
    """Measure everything, or what --only names, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--employees", type=int, default=50_000, help="number of employees at the source")
    parser.add_argument("--repeats", type=int, default=3, help="how often to measure; the quickest counts")
    parser.add_argument("--only", choices=sorted(MEASURES), help="measure one thing")
    parser.add_argument("--peers", action="store_true", help="also measure dlt and Singer (installs them)")
    options = parser.parse_args()
    others = [SCRIPT, *(peers.installed() if options.peers else [])]
    scale = Scale(options.employees, options.repeats, others)
    names = [other.name for other in others]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # the table is the output
    show.heading(options.employees, names)
    for name, measure in MEASURES.items():
        if options.only in (None, name):
            for line in measure(scale):
                show.line(line, names)


if __name__ == "__main__":
    main()
