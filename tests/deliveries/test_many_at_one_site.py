"""A thousand households at one site: the list comes in few queries and little weight."""

from __future__ import annotations

import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from farms.models import Household
from shares.models import Share
from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, link_to
from tests.deliveries.harvesting import make_harvest, publish

MANY = 1000


@pytest.fixture
def thousand(cast, clock):
    """Each with a full share, every other with eggs besides, every tenth with a note; a third have come."""
    share = factories.make_share(cast.sams, cast.full, site=cast.market)
    names = ("Abidi, Amélie", "Castillo–Reyes", "Lindström", "李小龍", "O'Brien", "محمد")
    Household.objects.bulk_create(
        Household(farm=cast.farm, name=f"{names[n % 6]} {n}", number=1000 + n, since=factories.NOW,
                  note="Two bags, please" if n % 10 == 0 else "")
        for n in range(MANY - 1)
    )  # fmt: skip
    homes = list(Household.objects.filter(number__gte=1000))
    own = {"id", "household_id", "share_type_id", "turn"}
    facts = {field.attname: getattr(share, field.attname) for field in Share._meta.concrete_fields}
    facts = {name: value for name, value in facts.items() if name not in own}
    shares = [Share(household=home, share_type=cast.full, **facts) for home in homes]
    shares += [Share(household=home, share_type=cast.eggs, turn="A", **facts) for home in homes[::2]]
    Share.objects.bulk_create(shares)
    day = drawn_up(day_of(cast))
    publish(make_harvest(cast, {"Carrots": "900 kg", "Chard": "1000 bunch"}, date=day.date), at=factories.NOW)
    clock(day.starts_at)
    return link_to(day)


def test_a_thousand_households_come_in_twelve_queries_and_little_weight(client, thousand):
    address = f"/c/{thousand.token}/"
    assert client.get(address).status_code == 200  # compiles the template
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address)
    assert page.content.count(b'class="who') == MANY
    asked = len(queries)
    assert asked <= 12
    weight = len(gzip.compress(page.content, 6))
    print(f"{asked} queries, {weight / 1000:.1f} kB compressed")  # noqa: T201
    assert weight <= 120_000 - 75_000  # the rest of the page (style, script, icons, letters) is some 75 kB
