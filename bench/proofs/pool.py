"""Play many companies, each in one of several processes that have a store and a server of their own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.proofs.environment import prepared
from bench.proofs.play import Played, play
from bench.proofs.web import Web

# Of this process, from its first company until it ends.
_exits, _webs = ExitStack(), list[Web]()


def _prepare() -> None:
    _webs.append(_exits.enter_context(prepared()))


def _play(seed: int) -> Played:
    return play(_webs[0], seed)


def play_all(web: Web, seeds: Sequence[int], jobs: int) -> Iterator[Played]:
    """Yield the companies as they are played, in this process (``web``) or in several."""
    if jobs == 1 or len(seeds) == 1:
        yield from (play(web, seed) for seed in seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _prepare) as pool:
        yield from pool.imap_unordered(_play, seeds, chunksize=5)
