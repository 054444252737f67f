"""The farmer's pages about ways to pay: plans, the bank account, late money."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command

from deliveries.due import rosters
from farms.models import PickupDay
from people.models import Letter
from shares.books import bank_reference, ledger
from shares.in_parts import late, plans
from shares.models import BankAccount, Instalment, Order, Payment, PaymentPlan, PickupStop, SavedCard
from shares.money import charging
from tests.factories import NOW
from tests.shares.test_instalments import DAYS, buy, local, pay_deposit

WAYS = "/f/cedar-bend-farm/desk/money/ways/"
LATE = "/f/cedar-bend-farm/desk/money/late/"
pytestmark = pytest.mark.django_db


def page_of(cast):
    return f"/f/cedar-bend-farm/desk/seasons/{cast.season.pk}/pay/"


def wanted(**facts):
    plan = {
        "act": "plan",
        "name": "By the month",
        "deposit": "20",
        "parts": "3",
        "first": "2027-07-01",
        "every": "month",
    }
    return plan | facts


# --- plans ---------------------------------------------------------------------------------------------------


def test_a_plan_is_offered_and_offered_no_more(as_fern, cast):
    assert as_fern.post(page_of(cast), wanted()).status_code == 302
    plan = PaymentPlan.objects.get()
    assert ([row.day for row in plan.days.all()], plan.deposit) == (DAYS, 20)
    assert "Thu 1 July" in as_fern.get(page_of(cast)).content.decode()
    as_fern.post(page_of(cast), {"act": "retire", "plan": plan.pk})
    plan.refresh_from_db()
    assert plan.retired_at == NOW


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("parts", "0", "Enter 1 or more."),
        ("parts", "500", "Enter 24 or less."),
        ("parts", "-3", None),
        ("parts", "2.5", None),
        ("parts", "", None),
        ("deposit", "0", "Enter 1 or more."),
        ("deposit", "100", "Enter 99 or less."),
        ("first", "2027-06-01", "Choose a day to come."),
        ("first", "2020-01-01", "Choose a day to come."),
        ("first", "2027-02-30", None),
        ("first", "9999-01-01", None),
        ("parts", "12", "The last part would be due after the last pickup."),
        ("every", "year", "Choose one of these."),
        ("name", "", None),
        ("name", "\u200b", None),
    ],
)
def test_plans_that_cannot_be_are_refused_beside_the_field(as_fern, cast, field, value, message):
    answer = as_fern.post(page_of(cast), wanted(**{field: value}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="id_{field}' in page
    assert message is None or message in page
    assert PaymentPlan.objects.count() == 0


def test_a_plan_of_another_farm_cannot_be_retired(as_fern, cast, olga):
    other = olga.staffed.get().farm.seasons.get()
    plan = plans.make_plan(season=other, name="Theirs", deposit=20, days=DAYS, at=NOW)
    assert as_fern.post(page_of(cast), {"act": "retire", "plan": plan.pk}).status_code == 404
    assert as_fern.get(f"/f/cedar-bend-farm/desk/seasons/{other.pk}/pay/").status_code == 404
    plan.refresh_from_db()
    assert plan.retired_at is None


# --- the bank account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "This is not an IBAN"),
        ({"iban": "hello"}, "This is not an IBAN"),
        ({"iban": ""}, "Enter an IBAN, or say in words"),
        ({"bic": "ABC"}, "A BIC has 8 or 11 letters and figures."),
        ({"holder": ""}, None),
    ],
)
def test_an_account_that_cannot_be_is_refused_beside_its_field(facts, message):
    from shares.forms.payment import BankAccountForm

    form = BankAccountForm({"holder": "Cedar Bend", "iban": "DE89370400440532013000", "bic": "", "words": ""} | facts)
    assert form.is_valid() is False
    assert message is None or message in str(form.errors)


def test_the_account_stands_on_the_page_of_who_transfers(client, cast, stripe):
    from tests.shares.test_join import URL, wish

    BankAccount.objects.create(farm=cast.farm, holder="Cedar Bend", iban="DE89 3704 0044 0532 0130 00")
    answer = client.post(URL, wish(cast, method="offline"), follow=True)
    assert "DE89 3704 0044 0532 0130 00" in answer.content.decode()
    assert "DE89 3704 0044 0532 0130 00" in Letter.objects.get(kind="how_to_pay").text


def test_the_account_is_changed_after_a_fresh_sign_in_only(as_fern, cast):
    facts = {"holder": "Thief", "iban": "DE89370400440532013000"}
    assert as_fern.post("/f/cedar-bend-farm/desk/money/account/", facts).status_code == 302
    assert BankAccount.objects.count() == 0


# --- late money ----------------------------------------------------------------------------------------------


@pytest.fixture
def plan(cast):
    return plans.make_plan(season=cast.season, name="By the month", deposit=20, days=DAYS, at=NOW)


@pytest.fixture
def late_order(cast, stripe, plan, clock):
    """Its first part was declined."""
    order = pay_deposit(buy(cast, plan), stripe)
    stripe.control("becomes", payment_method=SavedCard.objects.get().method, card="4000000000000002")
    clock(local(DAYS[0], 9))
    charging.take_due(at=local(DAYS[0], 9))
    return order


def act(client, order, name, **facts):
    row = late.late_ones(order.farm, at=local(DAYS[0], 9))[0]
    form = {"act": name, "order": order.pk, "token": str(uuid.uuid4()), "due": row.due}
    return client.post(LATE, form | facts)


def test_what_is_late_is_shown_and_everyone_is_packed_as_always(as_fern, cast, late_order):
    page = as_fern.get(LATE).content.decode()
    assert "Card declined once" in page
    assert "€173.34" in page
    assert _packed(cast) == [cast.sams.pk]


def _packed(cast):
    day = PickupDay.objects.get(week__season=cast.season, week__number=6, site=cast.market)
    return [due.household for due in rosters.expected([day]).on(day)]


def test_the_farmer_alone_stops_pickups_and_lets_them_go_on(as_fern, cast, late_order):
    for _n in range(2):
        act(as_fern, late_order, "stop")
    assert (_packed(cast), PickupStop.objects.count()) == ([], 1)
    assert Letter.objects.get(kind="stopped").to_email == cast.sam.email
    act(as_fern, late_order, "go_on")
    assert _packed(cast) == [cast.sams.pk]


def test_more_time_is_two_weeks_in_which_nothing_is_charged_or_written(as_fern, cast, late_order, stripe, clock):
    act(as_fern, late_order, "wait")
    letters, payments = Letter.objects.count(), Payment.objects.count()
    for days in range(1, 14):
        charging.take_due(at=local(DAYS[0] + timedelta(days=days), 9))
    assert (Letter.objects.count(), Payment.objects.count()) == (letters, payments)
    stripe.control("becomes", payment_method=SavedCard.objects.get().method, card="4242424242424242")
    charging.take_due(at=local(DAYS[0] + timedelta(days=14), 9))
    assert ledger.owed(late_order) == 52000 - 17334


def test_a_reminder_is_written_once_a_day(as_fern, late_order):
    act(as_fern, late_order, "remind")
    act(as_fern, late_order, "remind")
    assert Letter.objects.filter(kind="part_reminder").count() == 1


def test_cash_is_recorded_once_however_often_it_is_clicked(as_fern, late_order):
    token = str(uuid.uuid4())
    for _n in range(3):
        as_fern.post(LATE, {"act": "cash", "order": late_order.pk, "token": token, "due": 17334})
    assert ledger.owed(late_order) == 52000 - 17334
    assert "Nobody is late" in as_fern.get(LATE).content.decode()


def test_cash_is_not_recorded_when_what_is_due_has_changed(as_fern, late_order):
    act(as_fern, late_order, "cash", due="5")
    assert ledger.owed(late_order) == 52000


@pytest.mark.parametrize("name", ["stop", "wait", "remind", "cash"])
def test_another_farm_s_order_is_out_of_reach(as_olga, late_order, name):
    assert as_olga.post("/f/other-farm/desk/money/late/", {"act": name, "order": late_order.pk}).status_code == 404
    assert PickupStop.objects.count() == 0


def test_who_pays_at_the_pickup_stands_there_when_the_pickup_is_due(as_fern, cast, clock):
    order = buy(cast, method="pickup")
    assert "Nobody is late" in as_fern.get(LATE).content.decode()
    clock(NOW + timedelta(days=7))
    row = late.late_ones(cast.farm, at=NOW + timedelta(days=7))[0]
    assert (row.order, row.due) == (order, 2600)
    as_fern.post(LATE, {"act": "cash", "order": order.pk, "token": str(uuid.uuid4()), "due": 2600})
    assert (ledger.owed(order), Instalment.objects.count()) == (65000 - 2600, 25)


def test_the_page_of_late_money_asks_as_many_questions_for_1_as_for_20(as_fern, cast, clock, django_assert_num_queries):
    from tests.factories import make_household

    clock(NOW + timedelta(days=7))
    buy(cast, method="pickup")
    as_fern.get(LATE)
    with django_assert_num_queries(8):
        as_fern.get(LATE)
    from shares.buying.purchases import start_purchase
    from shares.prices.quotes import Line

    for _n in range(20):
        start_purchase(
            household=make_household(cast.farm), season=cast.season, lines=[Line(cast.full, cast.market)],
            method="pickup", token=uuid.uuid4(), language="en", by=None, at=NOW,
        )  # fmt: skip
    with django_assert_num_queries(8):
        as_fern.get(LATE)


# --- the household's side ------------------------------------------------------------------------------------


def test_a_late_part_is_paid_on_the_page_of_the_letter_and_its_card_takes_the_next(client, late_order, stripe, clock):
    page = f"/f/cedar-bend-farm/pay/?order={late_order.token}"
    assert "€173.34</bdi> to pay" in client.get(page).content.decode()
    there = client.post(page)
    assert client.post(page)["Location"] == there["Location"]  # the same page while it stands
    payment = Payment.objects.get(instalment__number=1, expired_at=None)
    stripe.pay(payment.session_id, card="5555555555554444")
    assert "Nothing is due today" in client.get(page).content.decode()
    assert (ledger.owed(late_order), SavedCard.objects.get().words) == (52000 - 17334, "Mastercard •••• 4444")
    charging.take_due(at=local(DAYS[1], 9))
    assert ledger.owed(late_order) == 17333


def test_no_card_is_charged_while_the_page_for_that_part_is_open(client, cast, stripe, plan, clock):
    order = pay_deposit(buy(cast, plan), stripe)
    clock(local(DAYS[0]) - timedelta(minutes=1))
    client.post(f"/f/cedar-bend-farm/pay/?order={order.token}")
    charging.take_due(at=local(DAYS[0]))
    assert (ledger.owed(order), order.payments.filter(unattended=True).count()) == (52000, 0)


def test_another_card_is_given_and_taken_at_once_for_what_is_late(as_sam, cast, late_order, stripe):
    from stripe_sandbox import checkout

    there = as_sam.post("/my/card/")["Location"]
    session_id = there.rpartition("/")[2]
    with stripe.world.store.transaction():
        from stripe_sandbox import cards

        session = checkout.found(stripe.world, session_id)
        card = cards.card_of("5555555555554444")
        checkout.give_card(stripe.world, session, card, name="Sam", email="sam@example.org")
    as_sam.get(f"/my/card/given/?page={session_id}")
    assert SavedCard.objects.get().words == "Mastercard •••• 4444"
    charging.take_due(at=local(DAYS[0], 10))
    assert ledger.owed(late_order) == 52000 - 17334


@pytest.mark.parametrize("page", ["", "cs_test_none", "../x", "cs_é"])
def test_a_card_page_that_is_nobody_s_changes_nothing(as_sam, cast, late_order, page):
    before = SavedCard.objects.get().method
    assert as_sam.get("/my/card/given/", {"page": page}).status_code == 302
    assert SavedCard.objects.get().method == before


def test_before_a_reserved_place_goes_back_on_sale_its_household_is_told_once(cast, capsys):
    order = buy(cast, method="offline")
    fresh = buy(cast, method="offline")  # who ordered in these days was told then
    Order.objects.filter(pk=fresh.pk).update(ordered_at=order.held_until - timedelta(days=2))
    for before, letters in ((timedelta(days=3, seconds=1), 0), (timedelta(days=3), 1), (timedelta(hours=1), 1)):
        call_command("sweep", "write_place_letters", at=(order.held_until - before).isoformat())
        assert Letter.objects.filter(kind="place_lapses").count() == letters
    letter = Letter.objects.get(kind="place_lapses")
    assert (letter.subject, letter.may_stop) == ("Cedar Bend Farm holds your place until Tue 15 June", True)
    assert bank_reference.shown(bank_reference.of_order(order)) in letter.text
    assert letter.stale_at == order.held_until
