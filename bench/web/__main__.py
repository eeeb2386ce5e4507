"""Measure what people wait for when many click on one web process: `python -m bench.web [--people 50 100]`."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.processes import cpu_seconds
from bench.web import company, figures, visits
from bench.web.company import Clicker, Company
from bench.web.figures import Measured
from core import db
from core.settings import ROOT, settings
from harness import launched
from harness.launched import Hub

SEED = 17


def main() -> None:
    """Fill a store, start iHUB, let people click, and print how long they waited."""
    parser = argparse.ArgumentParser(prog="python -m bench.web")
    parser.add_argument(
        "--people", type=int, nargs="+", default=[50, 100], help="how many click at the same time"
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long they click")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ihub-bench-web-") as folder:
        home = Path(folder) / "home"
        with (
            company.sandboxes(Path(folder), len(company.COMPANIES)) as urls,
            launched.running(home, IHUB_DEMO=0) as hub,
        ):
            os.environ |= hub.environment
            settings.cache_clear()
            db.forget_engine()
            companies = list(map(company.found, company.COMPANIES, urls))
            clickers = company.add_people(max(options.people), companies)
            for number in options.people:
                measured = measure(hub, clickers[:number], companies, options.seconds)
                figures.show(number, measured)
            db.forget_engine()


def measure(hub: Hub, clickers: Sequence[Clicker], companies: Sequence[Company], seconds: float) -> Measured:
    """Let people click for some seconds."""
    chance = random.Random(SEED)
    people = [
        {"username": each.username, "visits": visits.visits_of(each, companies, chance)} for each in clickers
    ]
    plan = {"url": hub.url, "password": company.PASSWORD, "people": people}
    web = min(process.pid for process in hub.processes("streamlit"))
    with subprocess.Popen(
        [sys.executable, "-m", "bench.web.clients"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            sys.exit("Not everybody could sign in and open each page. The reason is above.")
        load, cpu = os.getloadavg()[0], cpu_seconds(web)
        process.stdin.write(f"{seconds}\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return Measured(answer["clicks"], answer["seconds"], cpu_seconds(web) - cpu, answer["cpu"], load)


if __name__ == "__main__":
    main()
