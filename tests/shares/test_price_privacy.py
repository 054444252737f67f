"""Who gave and who received: the household knows, and its farm only if the household lets it. Canaries everywhere."""

from __future__ import annotations

import csv
import io
import re
import uuid

import pytest
from django.urls import reverse

from deliveries.checking_in.host_links import live_link
from farms.models import PickupDay, StaffMember
from people.models import Letter
from shares.models import BankLine, BankStatement, Cancellation, Order
from shares.money import refunds
from shares.money.settling import settle
from tests.conftest import _signed_in
from tests.factories import NOW, make_household, make_user
from tests.shares.test_fund import buy, fill, full, pay
from tests.shares.test_join import words
from tests.shares.test_journal import shown_who_she_is

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
    page = told(as_fern, home, f"{DESK}money/", f"{DESK}fund/", f"{DESK}people/")
    shown_who_she_is(as_fern, cast.fern, ago=60)
    page += told(as_fern, f"{DESK}money/?format=csv")
    assert [secret for secret in (CANARY, GRANT, "solidarity fund gives") if secret in page] == []
    assert "€26.00 × 25 pickups = €650.00" in page
    assert "All is paid" in page


def test_the_payments_table_still_adds_up(fresh, cast, order):
    answer = fresh.get(f"{DESK}money/", {"format": "csv"})
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


# --- the farm's pages of one payment, of what is late, of a statement, of the books -----------------------------------


@pytest.fixture
def fresh(as_fern, cast):
    shown_who_she_is(as_fern, cast.fern, ago=60)
    return as_fern


def refund_page(order):
    return f"{DESK}people/{order.household.number}/refund/{order.payments.get().pk}/"


def hidden(answer):
    """All of a page, its hidden fields too, without the amount that was typed."""
    return answer.content.decode().replace("432,17", CANARY)


def test_the_refund_page_names_no_amount_that_was_paid(fresh, cast, order):
    where = refund_page(order)
    page = fresh.get(where)
    assert (page.status_code, CANARY in hidden(page)) == (200, False)
    typed = {"amount": "10.00", "way": "card", "because": "Hail", "token": str(uuid.uuid4())}
    planned = fresh.post(where, typed)
    assert "Give back €10.00" in words(planned)
    assert [secret for secret in (CANARY, "422.17", "43217", "42217") if secret in hidden(planned)] == []
    refused = fresh.post(where, typed | {"amount": "432.18"})
    assert (refused.status_code, CANARY in hidden(refused)) == (422, False)
    assert "So much of this payment cannot be given back." in words(refused)


def test_a_refund_under_way_or_failed_names_no_amount(as_fern, cast, order):
    payment = order.payments.get()
    refund = refunds.ask(payment=payment, amount=43217, reason="cancelled", at=NOW)
    assert CANARY not in told(as_fern, f"{DESK}people/{cast.sams.number}/")
    refunds._refused(refund, NOW)
    page = told(as_fern, f"{DESK}people/{cast.sams.number}/")
    assert ("did not. Give it back another way." in page, CANARY in page) == (True, False)
    letter = Letter.objects.get(kind="refund_failed")
    assert [CANARY in text for text in (letter.text, letter.html)] == [False, False]


def test_what_is_late_by_card_stands_nowhere_on_the_farm_s_pages(as_fern, cast, full):
    fill(cast, 50000)
    late = buy(cast, 43217, method="card")
    Order.objects.filter(pk=late.pk).update(settled_at=NOW)
    for page in (f"{DESK}money/late/", f"{DESK}people/{cast.sams.number}/"):
        answer = as_fern.get(page)
        assert answer.status_code == 200
        assert [secret for secret in (CANARY, "43217") if secret in answer.content.decode()] == [], page
    typed = {"order": late.pk, "amount": "500", "method": "cash", "note": "", "token": str(uuid.uuid4())}
    refused = as_fern.post(f"{DESK}people/{cast.sams.number}/", typed)
    assert ("This is more than is owed." in words(refused), CANARY in words(refused)) == (True, False)


def test_the_bank_s_page_names_what_comes_into_the_farm_s_hand_only(as_fern, cast, full):
    fill(cast, 50000)
    late = buy(cast, 43217, method="card")
    statement = BankStatement.objects.create(farm=cast.farm, name="s.csv", brought_at=NOW, read_at=NOW)
    for n, of in enumerate((late, None)):
        facts = {"day": NOW.date(), "amount": 100, "payer": "X", "order": of}
        BankLine.objects.create(farm=cast.farm, statement=statement, mark=str(n), **facts)
    page = words(as_fern.get(f"{DESK}money/bank/{statement.pk}/"))
    assert ("more is to come" in page, CANARY in page, "431.17" in page) == (True, False, False)


def test_the_page_on_which_the_farmer_cancels_a_share_tells_no_price_nor_lets_it_be_tried_out(
    fresh, as_sam, cast, order
):
    share = order.shares.get()
    page = f"{DESK}people/{cast.sams.number}/shares/{share.pk}/cancel/"
    first = fresh.get(page)
    seen = first.content.decode()
    assert [secret for secret in (CANARY, GRANT, "43217", "217") if secret in seen] == []
    assert "25 of 25 pickups are left. This price was chosen in private" in words(first)
    answers = {
        amount: fresh.post(page, {"show": "", "keeps": amount}) for amount in ("390", "390.01", "432.17", "432.18")
    }
    assert {amount: answer.status_code for amount, answer in answers.items()} == {
        "390": 200, "390.01": 422, "432.17": 422, "432.18": 422,
    }  # fmt: skip
    assert "Beside your rule you can keep €390.00." in words(answers["432.17"])
    mark = re.search(r'name="shown" value="([^"]*)"', seen)[1]
    assert fresh.post(page, {"cancel": "", "keeps": "", "because": "Moves", "shown": mark}).status_code == 302
    assert Cancellation.objects.get().returned == 43217
    assert CANARY not in told(fresh, f"{DESK}people/{cast.sams.number}/")
    assert "€432.17" in Letter.objects.filter(kind="cancellation", to_email="sam@example.org").get().text


def test_a_sum_over_one_household_alone_is_left_out(fresh, cast, full):
    fill(cast, 50000)
    alone = buy(cast, 43217, method="card")
    settle(payment=alone.payments.get(), provider_object="pi_sam", amount=43217, fee=150, at=NOW)
    table = fresh.get(f"{DESK}money/", {"format": "csv"}).content.decode()
    assert ("All whose price was chosen in private" in table, CANARY in table) == (True, False)


def test_the_journal_tells_card_payments_of_private_prices_all_together(fresh, cast, order):
    on = NOW.date().isoformat()
    table = fresh.get(f"{DESK}money/journal/?first={on}&last={on}&format=csv").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(table)))
    by_card = [(line[1], line[4], line[-1]) for line in lines[1:] if line[1] and line[3] == "With the card processor"]
    assert (by_card, CANARY in table) == ([("2027-06", "1129.17", "")], False)  # 432.17 and 700.00, less the fees


@pytest.mark.parametrize("table", ["people", "money"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tables_leave_after_a_fresh_sign_in_only(as_fern, cast, order, table, kind):
    shown_who_she_is(as_fern, cast.fern, ago=3600)
    answer = as_fern.get(f"{DESK}{table}/", {"format": kind})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("sign_in_again"))
    assert as_fern.get(f"{DESK}{table}/").status_code == 200
    shown_who_she_is(as_fern, cast.fern, ago=60)
    assert "attachment" in as_fern.get(f"{DESK}{table}/", {"format": kind})["Content-Disposition"]
