"""Inject faults at random, then check: `python -m bench.chaos --kills 200 --seed 7 --store sqlite|postgresql`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from bench.chaos.cluster import Cluster
from bench.chaos.customer import Systems
from bench.chaos.described.misbehaviour import STEADY
from bench.chaos.described.systems import DescribedSystems
from bench.chaos.faults import FAULTS
from bench.chaos.rounds import Chaos
from bench.chaos.sandboxes.systems import SandboxSystems

SANDBOX = "sandbox"


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many faults to inject")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--target", choices=(SANDBOX, *STEADY), default=SANDBOX)
    parser.add_argument("--faults", choices=FAULTS, default="all")
    parser.add_argument("--connections", type=int, default=2)
    parser.add_argument("--employees", type=int, help="how many each customer has at the start")
    parser.add_argument(
        "--pause", type=float, default=2.5, help="longest time between two faults, in seconds"
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs and store behind")
    return parser.parse_args()


def _systems(options: Namespace) -> Sequence[Systems]:
    sizes = {} if options.employees is None else {"employees": options.employees}
    seeds = [options.seed * 10 + number for number in range(options.connections)]
    if options.target == SANDBOX:
        return [SandboxSystems(number, seed, **sizes) for number, seed in enumerate(seeds)]
    return [DescribedSystems(number, seed, options.target, **sizes) for number, seed in enumerate(seeds)]


def main() -> int:
    """Run the chaos program; exit code 1 when a promise was broken."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    cluster = Cluster(folder, options.store, _systems(options))
    began = time.monotonic()
    try:
        cluster.start()
        if options.faults != "kills":
            cluster.open_page()
        chaos = Chaos(cluster, FAULTS[options.faults], options.kills, options.seed, options.pause)
        chaos.run()
        print(chaos.summary(time.monotonic() - began), flush=True)
    finally:
        cluster.stop()
        if options.keep:
            print(f"The logs are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if chaos.failures else 0


if __name__ == "__main__":
    sys.exit(main())
