"""Play many companies, each in one of several processes that have a store and a server of their own."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.proofs.environment import prepared
from bench.proofs.play import Played, play
from bench.proofs.web import Web

# Of this process, from its first company until it ends.
_exits, _webs = ExitStack(), list[Web]()


def _prepare(parent: Path) -> None:
    _webs.append(_exits.enter_context(prepared(parent)))


def _play(seed: int) -> Played:
    return play(_webs[0], seed)


def _play_pay_day(seed: int) -> Played:
    return play(_webs[0], seed, only_pay_day=True)


def play_all(web: Web, seeds: Sequence[int], jobs: int, *, only_pay_days: bool = False) -> Iterator[Played]:
    """Yield the companies as they are played, in this process (``web``) or in several."""
    if jobs == 1 or len(seeds) == 1:
        yield from (play(web, seed, only_pay_day=only_pay_days) for seed in seeds)
        return
    context = multiprocessing.get_context("spawn")
    # The processes are stopped before the folder of their stores is deleted.
    with (
        tempfile.TemporaryDirectory(prefix="ihub-proofs-") as parent,
        context.Pool(jobs, _prepare, (Path(parent),)) as pool,
    ):
        yield from pool.imap_unordered(_play_pay_day if only_pay_days else _play, seeds, chunksize=5)
        pool.close()
        pool.join()
