"""A sample of the generated companies; `make proofs` plays 2,000."""

from __future__ import annotations

from bench.proofs.cases import ORDINARY, SPECIAL
from bench.proofs.expectations import Class
from bench.proofs.play import shortest
from bench.proofs.pool import play_all
from bench.proofs.report import MOST_WAITING, Total
from bench.proofs.web import Web

# Together they have each case at least twice, and each payroll about as often as the others.
SEEDS = (
    *(2, 4, 6, 8, 12, 13, 16, 19, 20, 21, 32, 43, 44, 52),
    *(56, 65, 71, 108, 135, 144, 185, 194, 265, 291, 305, 306, 315, 375),
)


def test_nobody_is_mistaken_lost_or_duplicated(web: Web) -> None:
    total = Total(SEEDS[0])
    for played in play_all(web, SEEDS, jobs=1):
        total.add(played)
    broken = sorted(set().union(*total.seeds.values())) if total.seeds else []
    stories = ["\n".join(shortest(web, seed).story) for seed in broken[:3]]
    assert not broken, "\n".join([*stories, total.summary()])
    assert total.waiting_share(Class.KNOWN) <= MOST_WAITING
    assert set(total.cases) == {case.__name__ for case in (*ORDINARY, *SPECIAL)}


def test_a_seed_always_makes_the_same_company(web: Web) -> None:
    first, second = play_all(web, (5, 5), jobs=1)
    assert first.story == second.story
