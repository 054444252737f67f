"""What Hissa knows of a person: all of it handed over, and all of it taken away."""

import io
import json
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from community import shifts
from community.models import SignUp
from csa.my_data.erase import FORGOTTEN, StillNeeded, erase, in_the_way
from csa.my_data.export import export, tables_of
from csa.my_data.tables import TABLES, Whose
from deliveries.changing.changes import hold
from deliveries.models import (
    CalendarFeed,
    Exclusion,
    FriendPass,
    HostLink,
    Liking,
    Manuscript,
    PrintedList,
    PrintedRoster,
    SwapOffer,
    WalkUp,
)
from deliveries.printing.print_orders import ask, set_prints
from farms.household_people import invite_person
from farms.models import Household, PickupDay, StaffMember
from people import stopped
from people.bounces import come_back
from people.models import BouncedAddress, Letter, User
from shares.buying.purchases import start_purchase
from shares.models import FundWish
from shares.money.settling import record_by_hand
from shares.prices.quotes import Line
from tests import factories
from tests.community.test_shifts import make_shift
from tests.deliveries.harvesting import TUESDAY, make_harvest, publish
from tests.deliveries.lists.reading import text_of
from tests.factories import NOW

# What stays when nobody acts for a household any more: the farm's books and lists, without a name.
KEPT = (
    "memberships", "orders", "shares", "pickups", "documents", "gifts", "gets_gifts_of", "hours", "hours_agreed",
    "sign_ups",
)  # fmt: skip


@pytest.fixture
def known(cast):
    """Sam, with something in every table."""
    order = start_purchase(
        household=cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method="offline",
        token=uuid.uuid4(), language="en", by=cast.sam, at=NOW,
    )  # fmt: skip
    record_by_hand(order=order, method="cash", amount=65000, note="=SUM(A1)", token=uuid.uuid4(), by=cast.fern, at=NOW)
    crop = cast.farm.crops.create(name="Chard", unit="bunch", step="1", price=250)
    Liking.objects.create(household=cast.sams, crop=crop, level=4)
    Exclusion.objects.create(household=cast.sams, crop=crop, consented_at=NOW)
    CalendarFeed.objects.create(household=cast.sams, made_at=NOW)
    day = PickupDay.objects.filter(site=cast.market, week__season=cast.season).order_by("date")[3]
    FundWish.objects.create(
        farm=cast.farm, season=cast.season, share_type=cast.full, name="Sam", email="sam@example.org", language="en",
        needed=100, asked_at=NOW,
    )  # fmt: skip
    hold(household=cast.sams, day=day, by=cast.sam, at=NOW)
    return cast


def test_the_export_has_every_table_as_json_and_as_csv(known):
    archive = zipfile.ZipFile(io.BytesIO(export(known.sam, at=NOW)))
    told = json.loads(archive.read("data.json"))
    assert told["person"][0]["email"] == "sam@example.org"
    assert told["payments"][0]["amount"] == 65000
    assert [row["kind"] for row in told["changes"]] == ["hold"]
    assert told["allergies"][0]["crop_name"] == "Chard"
    assert "'=SUM(A1)" in archive.read("payments.csv").decode()  # a spreadsheet shows it and runs nothing
    assert {name.removesuffix(".csv") for name in archive.namelist()} >= {name for name, rows in told.items() if rows}


def test_the_export_bears_nobody_else(known):
    other = factories.make_household(known.farm, "Kestrel", user=factories.make_user("kestrel@example.org"))
    factories.make_share(other, known.full)
    assert "estrel" not in json.dumps(tables_of(known.sam), default=str)


# Models that name a person, a household or what is theirs, and are no table of the export: why.
NOT_TOLD = {
    "Allocation", "BankStatement", "Closing", "LogEntry", "Message", "PassedOn", "PickupDay",  # done at a desk
    "Box", "Farm", "PickupSite", "Season",  # the farm's own; one's own boxes are told crop by crop
    "Household", "Posting",  # told with its people, with its entries
}  # fmt: skip
WHOSE = {"User", "Household", "Share", "Order", "Pickup", "SignUp"}


def _names_somebody(model):
    fields = [field for field in model._meta.get_fields() if isinstance(field, models.Field)]
    rows = {field.related_model.__name__ for field in fields if field.is_relation}
    return bool(rows & WHOSE) or any(isinstance(field, models.EmailField) for field in fields)


def test_whatever_names_a_person_or_what_is_theirs_is_told_or_left_out_on_purpose():
    naming = {model.__name__ for model in apps.get_models() if _names_somebody(model)}
    nobody = Whose(User(pk=0, email="nobody@example.org"), [])
    told = {rows(nobody).model.__name__ for rows, _fields in TABLES.values()}
    assert naming - told == NOT_TOLD


def test_the_export_tells_of_letters_wished_swaps_offered_and_shifts_and_of_who_was_not_on_the_list(known):
    day = PickupDay.objects.filter(site=known.market, week__season=known.season).order_by("date")[5]
    share, chard = known.sams.shares.get(), known.farm.crops.get()
    stopped.wish(kind="deadline", email="sam@example.org", at=NOW)
    offer = SwapOffer.objects.create(share=share, day=day, gives=chard, made_at=NOW)
    offer.wanted.add(known.farm.crops.create(name="Leek", unit="piece", step="1", price=100))
    WalkUp.objects.create(
        day=day, household=known.sams, name="Sam", took="a bag", uuid=uuid.uuid4(), came_at=NOW, received_at=NOW
    )
    shifts.sign_up(shift=make_shift(known), household=known.sams, user=known.sam, at=NOW)
    told = tables_of(known.sam)
    assert [row["kind"] for row in told["letters_wished"]] == ["deadline"]
    assert [(row["gives_name"], row["wanted_name"]) for row in told["swap_offers"]] == [("Chard", "Leek")]
    assert [row["took"] for row in told["walk_ups"]] == ["a bag"]
    assert [row["name"] for row in told["fund_wishes"]] == ["Sam"]
    assert [row["shift_title"] for row in told["shifts"]] == ["Packing"]
    assert [row["verified"] for row in told["addresses"]] == [True]


def test_the_export_asks_for_a_fresh_sign_in(known, client):
    client.force_login(known.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/my/data/export/").headers["Location"].startswith("/my/again/")


def _goes_in_autumn(known):
    return PickupDay.objects.order_by("-ends_at").first().ends_at


def test_a_person_goes_and_leaves_only_what_the_books_need(known):
    at = _goes_in_autumn(known)
    erase(known.sam, at=at)
    gone = User.objects.get(pk=known.sam.pk)
    household = Household.objects.get(pk=known.sams.pk)
    assert (gone.email, gone.name, gone.is_active) == (f"erased-{gone.pk}@erased.invalid", "", False)
    assert (household.name, household.phone) == (f"Former household {household.number}", "")
    assert [model.objects.count() for model in (Liking, Exclusion, CalendarFeed)] == [0, 0, 0]
    assert [letter.kind for letter in Letter.objects.filter(to_email="sam@example.org")] == ["erased"]
    assert household.orders.get().payments.get().amount == 65000


def test_no_word_of_them_is_left_in_any_table(known):
    day = PickupDay.objects.filter(site=known.market, week__season=known.season).earliest("date")
    came = {"day": day, "came_at": NOW, "received_at": NOW, "uuid": uuid.uuid4()}
    WalkUp.objects.create(household=known.sams, name="Sam", **came)
    erase(known.sam, at=_goes_in_autumn(known))
    Letter.objects.all().delete()  # the farewell itself
    telling = [
        (model.__name__, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField)
        for value in model._default_manager.values_list(field.name, flat=True)
        if "sam" in str(value).lower().replace("same", "")
    ]
    assert telling == []


def test_who_goes_leaves_places_on_shifts_for_others_and_the_farm_hears_of_it(known, capsys):
    at = _goes_in_autumn(known)
    soon = make_shift(known, begins=at + timedelta(hours=30))
    shifts.sign_up(shift=soon, household=known.sams, user=known.sam, at=NOW)
    past = make_shift(known, begins=NOW + timedelta(days=1), title="Earlier")
    shifts.sign_up(shift=past, household=known.sams, user=known.sam, at=NOW)
    call_command("sweep", "write_shift_letters", at=(at - timedelta(hours=1)).isoformat())
    erase(known.sam, at=at)
    assert [one.shift.title for one in SignUp.objects.standing()] == ["Earlier"]
    soon.refresh_from_db()
    assert soon.taken == 0
    assert Letter.objects.filter(kind="shift_short_farm").count() == 2  # one was missing, now two are


def test_on_lists_that_were_printed_a_number_is_left(known):
    lind = factories.make_household(known.farm, "Lind")
    factories.make_share(lind, known.full, site=known.market)
    FriendPass.objects.create(household=known.sams, name="Samwise", made_at=NOW)
    publish(make_harvest(known, {"Leek": "9 piece"}))
    erase(known.sam, at=_goes_in_autumn(known))
    rows = PrintedRoster.objects.get().rows
    assert {row[0]: (row[1], row[2], row[3]) for row in rows} == {
        known.sams.pk: (known.sams.number, "–", []), lind.pk: (lind.number, "Lind", []),
    }  # fmt: skip


def test_prints_of_weeks_that_are_over_are_torn_up_and_those_in_force_are_made_anew(cast, as_fern):
    lind = factories.make_household(cast.farm, "Lind")
    factories.make_share(lind, cast.full, site=cast.market)
    factories.make_share(cast.sams, cast.full, site=cast.market, last_week=2)
    FriendPass.objects.create(household=cast.sams, name="Samwise", made_at=NOW)
    weeks = [
        publish(make_harvest(cast, {"Leek": "9 piece"}, date=on, both=True))
        for on in (TUESDAY, TUESDAY + timedelta(days=7))
    ]
    assert ask(run=weeks[1].current, language="ar", at=NOW)
    set_prints(NOW)
    earlier = weeks[1].current
    publish(weeks[1], at=NOW)
    friday = PickupDay.objects.get(site=cast.school, week__number=2)
    erase(cast.sam, at=friday.starts_at)
    assert not PrintedList.objects.filter(allocation__in=[weeks[0].current, earlier]).exists()
    assert not Manuscript.objects.filter(allocation=weeks[0].current).exists()
    assert as_fern.get(f"/f/{cast.farm.slug}/desk/lists/{TUESDAY}/").status_code == 200

    lists_page = as_fern.get(f"/f/{cast.farm.slug}/desk/lists/{TUESDAY + timedelta(days=7)}/").content.decode()
    assert "printed anew without its name" in lists_page
    assert "Printing in" in lists_page  # the worker is about to
    set_prints(friday.starts_at)
    for one in PrintedList.objects.filter(allocation=weeks[1].current, kind__in=["site", "labels", "all"]):
        words = text_of(bytes(one.pdf))
        assert "Castillo" not in words
        assert "Samwise" not in words
    link = HostLink.objects.get(day__site=cast.market, day__week__number=2)
    held = as_fern.get(f"/c/{link.token}/list.pdf")
    assert f"Former household {cast.sams.number}" in text_of(held.content)
    assert "Lind" in text_of(held.content)


def test_the_farewell_s_address_goes_once_the_letter_has_left_or_come_back(known, capsys):
    at = _goes_in_autumn(known)
    erase(known.sam, at=at)
    call_command("sweep", "forget_letters", at=at.isoformat())
    assert Letter.objects.filter(to_email="sam@example.org").count() == 1  # it has not left yet
    call_command("sweep", "post_due_letters", at=at.isoformat())
    come_back(email="sam@example.org", because="gone", at=at)
    call_command("sweep", "forget_letters", at=at.isoformat())
    assert not Letter.objects.filter(to_email="sam@example.org").exists()
    assert not BouncedAddress.objects.exists()


def test_who_goes_from_a_household_that_stays_takes_nothing_of_it_along(known):
    feed = known.sams.calendar_feed.token
    invite_person(household=known.sams, email="lee@example.org", by=known.sam, at=NOW)
    erase(known.sam, at=NOW)
    assert CalendarFeed.objects.get().token != feed
    assert Letter.objects.get(kind="new_calendar").to_email == "lee@example.org"


def test_who_still_has_food_coming_is_told_to_see_to_it_first(known):
    assert [words[:22] for words in in_the_way(known.sam, at=NOW)] == ["You still have a share"]
    with pytest.raises(StillNeeded):
        erase(known.sam, at=NOW)
    assert User.objects.get(pk=known.sam.pk).is_active
    invite_person(household=known.sams, email="lee@example.org", by=known.sam, at=NOW)
    assert in_the_way(known.sam, at=NOW) == []
    erase(known.sam, at=NOW)
    assert Household.objects.get(pk=known.sams.pk).name == known.sams.name  # it is Lee's now
    assert Liking.objects.count() == 1


def test_the_only_owner_stays_until_there_is_another(cast):
    assert len(in_the_way(cast.fern, at=NOW)) == 1
    other = factories.make_user()
    StaffMember.objects.create(farm=cast.farm, user=other, role="owner", since=NOW)
    erase(cast.fern, at=NOW)
    assert [member.user for member in cast.farm.staff.all()] == [other]


def test_the_address_may_join_anew(known, client):
    erase(known.sam, at=_goes_in_autumn(known))
    assert User.objects.create_newcomer("sam@example.org").pk != known.sam.pk


def test_all_that_hangs_on_a_household_is_either_forgotten_or_kept_on_purpose():
    hanging = {relation.get_accessor_name() for relation in Household._meta.related_objects}
    assert hanging == {*FORGOTTEN, *KEPT}
