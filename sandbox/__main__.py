"""Run the sandbox: ``python -m sandbox --port 8600 --state FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from sandbox.app import create_app
from sandbox.world import World


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Stand-ins for other systems.")
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--state", type=Path, help="file that stores everything; without it nothing is stored"
    )
    parser.add_argument("--mail-port", type=int, help="port at which mails are taken; without it none are")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--employees", type=int, default=250)
    options = parser.parse_args()
    world = World(options.state, options.seed, options.employees)
    try:
        uvicorn.run(
            create_app(world, mail_port=options.mail_port),
            host=options.host,
            port=options.port,
            log_level="warning",
            access_log=False,
        )
    finally:
        world.close()


if __name__ == "__main__":
    main()
