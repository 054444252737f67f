"""Households are numbered by their farm, each number once."""

import pytest

from farms.households import open_household
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_each_farm_numbers_its_own_households_from_one():
    one, other = factories.make_farm("One"), factories.make_farm("Other")
    user = factories.make_user()
    opened = [open_household(farm=farm, name="Ng", user=user, at=NOW) for farm in (one, one, other)]
    assert [household.number for household in opened] == [1, 2, 1]
    assert [list(household.people.all()) for household in opened] == [[user]] * 3


def test_a_household_may_have_nobody_who_signs_in():
    household = open_household(farm=factories.make_farm(), name="محمد", user=None, phone="0612", at=NOW)
    assert (household.people.count(), household.phone, household.since) == (0, "0612", NOW)
