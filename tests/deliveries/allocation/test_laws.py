"""Every law of dividing, on any week hypothesis can think of."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.deliveries.allocation import laws
from tests.deliveries.allocation.weeks import weeks

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
    lied, honest = laws.liars_and_honest(seed)
    assert lied < honest
