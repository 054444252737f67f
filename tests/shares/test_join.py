"""Someone joins a farm, through the page and the payment page."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache

from farms.models import Household, SeasonSite
from people.models import Letter, User
from shares.books import ledger
from shares.models import LedgerEntry, Order, Payment, Refund, Share, ShareType
from shares.paying.payments import reconcile_payments, release_lapsed_holds
from tests.factories import NOW

URL = "/f/cedar-bend-farm/join/"


def wish(cast, **facts):
    return {
        "share": cast.full.pk,
        "quantity": "1",
        "site": cast.market.pk,
        "turn": "A",
        f"addon_{cast.eggs.pk}": "0",
        "name": "Leïla Abidi",
        "email": "leila@example.org",
        "method": "card",
        "token": str(uuid.uuid4()),
    } | facts


def words(answer):
    """The page as someone reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace(" ,", ",")


def test_someone_new_joins_pays_by_card_and_is_told(client, cast, stripe):
    answer = client.post(URL, wish(cast))
    payment = Payment.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, payment.checkout_url)
    assert (payment.amount, payment.currency) == (65000, "EUR")

    stripe.pay(payment.session_id)
    done = client.get(f"{URL}done/?order={payment.order.token}")

    assert "You’re in" in words(done)
    assert "Tue 8 June" in words(done)
    order = Order.objects.get()
    assert order.settled_at == NOW
    assert ledger.owed(order) == 0
    assert sorted(Letter.objects.values_list("kind", "to_email")) == [
        ("receipt", "leila@example.org"),
        ("welcome", "leila@example.org"),
    ]
    assert Household.objects.get(name="Leïla Abidi").people.get() == User.objects.get(email="leila@example.org")


def test_the_return_page_says_so_while_the_payment_is_not_confirmed(client, cast, stripe):
    client.post(URL, wish(cast))
    done = client.get(f"{URL}done/?order={Order.objects.get().token}")
    assert "The payment is not confirmed yet" in words(done)
    assert Order.objects.get().settled_at is None


def test_a_declined_card_may_be_tried_again_on_the_same_page(client, cast, stripe):
    client.post(URL, wish(cast))
    payment = Payment.objects.get()
    stripe.pay(payment.session_id, card="4000000000000002")
    assert "not confirmed yet" in words(client.get(f"{URL}done/?order={payment.order.token}"))

    again = client.post(f"{URL}done/?order={payment.order.token}")
    assert again["Location"] == payment.checkout_url
    stripe.pay(payment.session_id)
    assert "You’re in" in words(client.get(f"{URL}done/?order={payment.order.token}"))


def test_sold_out_is_said_kindly_and_nothing_typed_is_lost(client, cast, stripe):
    ShareType.objects.filter(pk=cast.full.pk).update(taken=100)
    ShareType.objects.filter(pk=cast.half.pk).update(taken=96)

    answer = client.post(URL, wish(cast))

    assert answer.status_code == 422
    assert "The last place of “Full share” has just gone. “Half share” has 4 left." in words(answer)
    assert 'value="Leïla Abidi"' in answer.content.decode()
    assert 'value="leila@example.org"' in answer.content.decode()
    assert (Order.objects.count(), Share.objects.count(), User.objects.filter(email="leila@example.org").count()) == (
        0,
        0,
        0,
    )


def test_a_full_site_is_said_beside_the_site(client, cast, stripe):
    SeasonSite.objects.filter(site=cast.market).update(capacity=0)
    answer = client.post(URL, wish(cast))
    assert "“Tuesday Market” has no room for this share any more." in words(answer)
    cast.full.refresh_from_db()
    assert cast.full.taken == 0


def test_add_ons_ride_along_and_the_total_adds_up(client, cast, stripe):
    client.post(URL, wish(cast, **{f"addon_{cast.eggs.pk}": "2", "quantity": "2", "turn": "B"}))
    shares = Share.objects.order_by("pk").values_list("share_type__name", "turn", "pickups", "price")
    assert list(shares) == [
        ("Full share", "", 25, 65000),
        ("Full share", "", 25, 65000),
        ("Eggs", "B", 12, 7500),
        ("Eggs", "B", 12, 7500),
    ]
    assert Payment.objects.get().amount == 145000
    room = SeasonSite.objects.get(site=cast.market)
    assert (room.taken_a, room.taken_b) == (2, 2)


def test_who_joins_in_mid_season_pays_for_the_pickups_left(client, cast, stripe, clock):
    clock(NOW + timedelta(weeks=10))
    client.post(URL, wish(cast))
    share = Share.objects.get()
    assert (share.first_week, share.last_week, share.pickups, share.price) == (11, 25, 15, 39000)


def test_five_clicks_are_one_order(client, cast, stripe):
    form = wish(cast)
    for _n in range(5):
        assert client.post(URL, form).status_code == 302
    assert (Order.objects.count(), Share.objects.count(), Payment.objects.count()) == (1, 1, 1)


def test_a_provider_that_is_down_loses_nothing(client, cast, stripe):
    stripe.faults.fail = 10
    answer = client.post(URL, wish(cast), follow=True)
    assert "The payment page does not answer." in words(answer)
    stripe.faults.fail = 0
    again = client.post(f"{URL}done/?order={Order.objects.get().token}")
    assert again["Location"] == Payment.objects.get().checkout_url


def test_a_hold_that_lapses_frees_the_place_and_the_books_say_so(client, cast, stripe, clock):
    client.post(URL, wish(cast))
    order = Order.objects.get()
    clock(order.held_until)
    assert release_lapsed_holds(at=order.held_until) == 1
    assert release_lapsed_holds(at=order.held_until) == 0
    cast.full.refresh_from_db()
    assert cast.full.taken == 0
    assert ledger.owed(order) == 0
    assert "nothing was charged" in words(client.get(f"{URL}done/?order={order.token}"))


def test_a_hold_whose_money_has_come_unheard_is_settled_not_lapsed(client, cast, stripe, clock):
    client.post(URL, wish(cast))
    payment = Payment.objects.get()
    stripe.pay(payment.session_id)
    clock(payment.order.held_until)
    assert release_lapsed_holds(at=payment.order.held_until) == 0
    assert Order.objects.get().settled_at == payment.order.held_until


def test_a_payment_nobody_told_of_is_found_by_the_sweep(client, cast, stripe):
    client.post(URL, wish(cast))
    stripe.pay(Payment.objects.get().session_id)
    assert reconcile_payments(at=NOW + timedelta(minutes=3)) == 1
    assert Order.objects.get().settled_at == NOW + timedelta(minutes=3)


def _pays_late(client, cast, stripe):
    """Sam's places lapse before the news of his payment comes."""
    client.post(URL, wish(cast))
    payment = Payment.objects.get()
    stripe.pay(payment.session_id)
    order = payment.order
    from shares.buying.purchases import release_lapsed

    assert release_lapsed(order, at=order.held_until)
    return payment


def test_a_late_payment_takes_its_place_again_while_it_is_free(client, cast, stripe):
    payment = _pays_late(client, cast, stripe)
    client.get(f"{URL}done/?order={payment.order.token}")
    order = Order.objects.get()
    assert (order.lapsed_at, order.settled_at) == (None, NOW)
    cast.full.refresh_from_db()
    assert cast.full.taken == 1
    assert ledger.owed(order) == 0


@pytest.mark.django_db(transaction=True)
def test_a_late_payment_for_a_place_that_is_gone_is_given_back_and_told(client, cast, stripe):
    payment = _pays_late(client, cast, stripe)
    ShareType.objects.filter(pk=cast.full.pk).update(taken=100)
    client.get(f"{URL}done/?order={payment.order.token}")
    refund = Refund.objects.get()
    assert (refund.amount, refund.accepted_at) == (65000, NOW)
    assert ledger.owed(payment.order) == 0
    assert Letter.objects.filter(kind="refund").count() == 1
    assert "The places had gone" in words(client.get(f"{URL}done/?order={payment.order.token}"))


def test_whoever_joins_never_learns_who_is_a_member(client, cast, stripe):
    known = client.post(URL, wish(cast, email=cast.sam.email))
    assert known.status_code == 302
    done = client.get(f"{URL}done/?order={Order.objects.get().token}").content.decode()
    assert cast.sams.name not in done


def test_a_member_who_is_signed_in_joins_with_their_household(as_sam, cast, stripe):
    form = wish(cast)
    del form["name"], form["email"]
    as_sam.post(URL, form)
    assert Order.objects.get().household == cast.sams


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("share", "999999", "Choose one of these shares."),
        ("share", "", "Choose a share."),
        ("site", "", "Choose a pickup site."),
        ("site", "x", "Choose one of these sites."),
        ("name", "", "Enter your name."),
        ("name", "\x00", "Null characters are not allowed."),
        ("name", "\u200b\u202e", "There is nothing to see in that."),
        ("name", "x" * 121, None),
        ("email", "nobody", "Enter one e-mail address"),
        ("email", "a@b.example, c@d.example", "Enter one e-mail address"),
        ("email", '"a@b.example, c@d.example"@e.example', "Enter one e-mail address"),
        ("quantity", "0", "Enter 1 or more."),
        ("quantity", "-1", None),
        ("quantity", "1e5", None),
        ("quantity", "99999999999999999999", None),
        ("method", "barter", None),
        ("token", "not-a-uuid", None),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_is_bought(client, cast, stripe, field, value, message):
    answer = client.post(URL, wish(cast, **{field: value}))
    assert answer.status_code == 422
    assert message is None or message in words(answer)
    assert (Order.objects.count(), Share.objects.count(), LedgerEntry.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("name", ["محمد", "李小龍", "Ng", "O'Brien", "Null", "{{7*7}}", "%s", "<img onerror>", "=1+1"])
def test_names_of_every_script_join(client, cast, stripe, name):
    client.post(URL, wish(cast, name=name))
    assert Household.objects.order_by("-pk").first().name == name


def test_a_name_cannot_turn_the_rest_of_a_list_around(client, cast, stripe):
    client.post(URL, wish(cast, name="Sam\u202e\u200b Reyes"))
    assert Household.objects.order_by("-pk").first().name == "Sam Reyes"


def test_the_price_follows_the_choice(client, cast):
    answer = client.get(f"{URL}price/", wish(cast, quantity="2"))
    assert "2 × Full share, 25 pickups €1,300.00" in words(answer)
    assert "First pickup:" in words(answer)


def test_before_the_sale_opens_the_join_page_leads_to_the_farm(client, cast):
    cast.season.opens_at = NOW + timedelta(days=1)
    cast.season.save()
    assert client.get(URL)["Location"] == "/f/cedar-bend-farm/"
    assert client.post(URL, wish(cast)).status_code == 302
    assert Order.objects.count() == 0


def test_the_page_asks_as_many_questions_of_the_database_for_one_share_type_as_for_many(
    client, cast, django_assert_num_queries
):
    from tests.factories import make_share_type, make_site

    client.get(URL)
    with django_assert_num_queries(11):
        client.get(URL)
    for number in range(5):
        make_share_type(cast.season, f"Type {number}")
        SeasonSite.objects.create(season=cast.season, site=make_site(cast.farm, f"Site {number}"))
    with django_assert_num_queries(11):
        client.get(URL)


def test_an_order_is_seen_only_with_its_token_at_its_farm(client, cast, olga, stripe):
    client.post(URL, wish(cast))
    token = Order.objects.get().token
    assert client.get(f"/f/other-farm/join/done/?order={token}").status_code == 404
    assert client.get(f"{URL}done/?order={uuid.uuid4()}").status_code == 404
    assert client.get(f"{URL}done/").status_code == 404


def test_nobody_unknown_takes_a_season_s_places_in_an_hour(client, cast, settings):
    cache.clear()
    for _n in range(6):
        assert client.post(URL, wish(cast, method="offline")).status_code == 302
    refused = client.post(URL, wish(cast, method="offline", name="Kept"))
    assert refused.context["form"].errors["email"] == [
        "Those were many orders in one hour. Try again later, or sign in first."
    ]
    assert 'value="Kept"' in refused.content.decode()
    assert Order.objects.count() == 6
    assert client.post(URL, wish(cast, method="card")).status_code == 302  # a card's hold ends by itself
    cache.clear()
