"""Each of many by itself."""

import logging

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError

from people.by_itself import by_itself
from people.models import BouncedAddress
from tests.factories import NOW

pytestmark = pytest.mark.django_db
log = logging.getLogger("hissa.test")


def _bounce(name):
    BouncedAddress.objects.create(email=f"{name}@example.org", bounced_at=NOW)


@pytest.mark.parametrize(("whole", "stand"), [(True, ["a", "d"]), (False, ["a", "b", "d"])])
def test_what_fails_takes_back_its_own_and_the_others_stand(whole, stand, caplog):
    for number, names in enumerate(["a", "bX", "d"]):
        with by_itself(log, "row %s failed", number, whole=whole):
            for name in names:
                if name == "X":
                    raise ValueError("Castillo")
                _bounce(name)
    assert [row.email[0] for row in BouncedAddress.objects.order_by("email")] == stand
    assert [record.getMessage() for record in caplog.records] == ["row 1 failed"]


def test_what_the_database_refuses_spoils_nothing_around_it():
    _bounce("a")
    with by_itself(log, "row %s failed", 1):
        _bounce("a")
        raise AssertionError("unreachable")
    _bounce("b")
    assert BouncedAddress.objects.count() == 2
    with pytest.raises(IntegrityError):
        _bounce("b")


def test_a_sweep_whose_time_is_over_ends():
    with pytest.raises(SoftTimeLimitExceeded), by_itself(log, "row %s failed", 1):
        raise SoftTimeLimitExceeded
