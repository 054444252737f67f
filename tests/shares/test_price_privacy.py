"""Who gave and who received: the household knows, and its farm only if the household lets it. Canaries everywhere."""

from __future__ import annotations

import csv
import io

import pytest

from deliveries.host_links import live_link
from farms.models import PickupDay, StaffMember
from people.models import Letter
from shares.models import Order
from shares.purchases import settle
from tests.conftest import _signed_in
from tests.factories import NOW, make_household, make_user
from tests.shares.test_fund import buy, fill, full, pay
from tests.shares.test_join import words

__all__ = ["full"]
DESK = "/f/cedar-bend-farm/desk/"
CANARY, GRANT = "432.17", "217.83"  # what Sam chose to pay, and what the fund gives


@pytest.fixture
def order(cast, full):
    """Sam pays 432.17 of 650 by card; somebody else pays 700."""
    fill(cast, 50000)
    chosen = buy(cast, 43217, method="card")
    settle(payment=chosen.payments.get(), provider_object="pi_sam", amount=43217, fee=150, at=NOW)
    other = buy(cast, 70000, method="card", household=make_household(cast.farm, "Other"))
    settle(payment=other.payments.get(), provider_object="pi_other", amount=70000, fee=150, at=NOW)
    buy(cast, 50000, household=make_household(cast.farm, "Third"))  # so that the sums are not one household's
    chosen.refresh_from_db()
    return chosen


def told(client, *addresses):
    pages = []
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        pages.append(words(answer))
    return " ".join(pages)


def test_the_farm_sees_the_cost_and_that_it_is_paid(as_fern, cast, order):
    home = f"{DESK}people/{cast.sams.number}/"
    page = told(as_fern, home, f"{DESK}money/", f"{DESK}fund/", f"{DESK}people/", f"{DESK}money/?format=csv")
    assert [secret for secret in (CANARY, GRANT, "solidarity fund gives") if secret in page] == []
    assert "€26.00 × 25 pickups = €650.00" in page
    assert "All is paid" in page


def test_the_payments_table_still_adds_up(as_fern, cast, order):
    answer = as_fern.get(f"{DESK}money/", {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[4] for row in rows[1:]] == ["500.00", "", "", "1132.17"]
    assert rows[-1][1] == "All whose price was chosen in private"


def test_the_household_sees_it_and_may_let_the_farm_see_it_and_take_that_back(as_sam, as_fern, cast, order):
    assert CANARY in told(as_sam, "/my/money/")
    home = f"{DESK}people/{cast.sams.number}/"
    as_sam.post("/my/money/", {"act": "show"})
    assert CANARY in told(as_fern, home)
    assert "the solidarity fund gives €217.83" in told(as_fern, home)
    as_sam.post("/my/money/", {"act": "keep"})
    assert CANARY not in told(as_fern, home)


def test_looking_at_the_page_opens_nothing(as_sam, as_fern, cast, order):
    as_sam.head("/my/money/")
    assert CANARY not in told(as_fern, f"{DESK}people/{cast.sams.number}/")


def test_who_pays_into_the_farm_s_hand_is_seen_to_owe_it(as_fern, cast, full):
    fill(cast, 50000)
    order = buy(cast, 43217)
    assert CANARY in told(as_fern, f"{DESK}people/{cast.sams.number}/")
    pay(order)
    assert CANARY in told(as_fern, f"{DESK}money/")


def test_packers_hosts_volunteers_and_other_households_never_see_it(as_oz, client, cast, order):
    packer, host, neighbour = make_user(name="Pat"), make_user(name="Hal"), make_user(name="Nia")
    StaffMember.objects.create(farm=cast.farm, user=packer, role="packer", since=NOW)
    StaffMember.objects.create(farm=cast.farm, user=host, role="host", site=cast.market, since=NOW)
    make_household(cast.farm, "Neighbour", user=neighbour)
    day = PickupDay.objects.filter(week__season=cast.season, site=cast.market).first()
    link = live_link(day=day, at=NOW)
    pages = told(_signed_in(packer), DESK, f"{DESK}pickups/{day.date}/", f"{DESK}lists/")
    pages += told(_signed_in(neighbour), "/my/", "/my/money/", "/my/season/")
    pages += told(client, f"/c/{link.token}/", "/f/cedar-bend-farm/", "/f/cedar-bend-farm/fund/")
    for user in (packer, host, neighbour):
        for room in ("money/", "fund/", "bidding/", f"people/{cast.sams.number}/"):
            assert _signed_in(user).get(DESK + room).status_code == 404
    assert [secret for secret in (CANARY, GRANT) if secret in pages] == []


def test_only_the_household_s_own_letters_tell_it(cast, order):
    telling = {letter.to_email for letter in Letter.objects.all() if CANARY in letter.text + letter.html}
    assert telling == {cast.sam.email}
    assert Order.objects.get(pk=order.pk).settled_at == NOW
