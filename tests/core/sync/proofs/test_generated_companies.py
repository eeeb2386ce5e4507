"""A sample of the generated companies; `make proofs` plays 2,000."""

from __future__ import annotations

from bench.proofs.cases import ORDINARY, SPECIAL
from bench.proofs.expectations import Class
from bench.proofs.play import shortest
from bench.proofs.pool import play_all
from bench.proofs.report import Total
from bench.proofs.web import Web

# Together they have each case, each payroll, pay days in eleven companies, and changing scopes in four.
SEEDS = (13, 56, 174, 266, 285, 318, 338, 360, 444, 458, 469, 526, 556, 586, 678)
# More may wait than in `make proofs`, because the hard cases are chosen.
MOST_WAITING_HERE = 0.6


def test_nobody_is_mistaken_lost_or_duplicated(web: Web) -> None:
    total = Total(SEEDS[0])
    for played in play_all(web, SEEDS, jobs=1):
        total.add(played)
    broken = sorted(set().union(*total.seeds.values())) if total.seeds else []
    stories = ["\n".join(shortest(web, seed).story) for seed in broken[:3]]
    assert not broken, "\n".join([*stories, total.summary()])
    assert total.pay_days == 11
    assert total.waiting_share(Class.KNOWN) <= MOST_WAITING_HERE
    assert set(total.cases) == {case.__name__ for case in (*ORDINARY, *SPECIAL)}


def test_a_seed_always_makes_the_same_company(web: Web) -> None:
    first, second = play_all(web, (5, 5), jobs=1)
    assert first.story == second.story
