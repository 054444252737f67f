"""Every law of dividing, on any week hypothesis can think of."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from deliveries.allocation import POINTS, allocate
from tests.deliveries.allocation import laws
from tests.deliveries.allocation.weeks import week, weeks

quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize("law", [*laws.BOTH, *laws.CHOICE], ids=lambda law: law.__name__)
def test_in_choice_mode(law):
    @quick
    @given(weeks())
    def holds(problem):
        law(problem, "choice")

    holds()


@pytest.mark.parametrize("law", [*laws.BOTH, *laws.UNIFORM], ids=lambda law: law.__name__)
def test_in_uniform_mode(law):
    @quick
    @given(weeks(cells=True))
    def holds(problem):
        law(problem, "uniform")

    holds()


@pytest.mark.parametrize("seed", range(3))
def test_rating_everything_love_does_not_beat_the_truth(seed):
    """Each of twenty households tries the lie while the others tell the truth; what they then truly like is less."""
    truth = week(rows=60, crops=8, seed=seed, never=0.1)
    honest = true_liking(truth, truth)
    lied = []
    for liar in range(20):
        likings = truth.likings.copy()
        likings[liar] = 4
        lied.append(true_liking(replace(truth, likings=likings), truth)[liar])
    assert sum(lied) < honest[:20].sum()


def true_liking(told, truth):
    portions = allocate(told, mode="choice").portions
    return (portions * POINTS[truth.likings] * truth.step_values).sum(axis=1)
