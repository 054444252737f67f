"""What Hissa knows of a person: all of it handed over, and all of it taken away."""

import io
import json
import uuid
import zipfile

import pytest
from django.apps import apps
from django.db import models

from csa.my_data.erase import FORGOTTEN, StillNeeded, erase, in_the_way
from csa.my_data.export import export, tables_of
from deliveries.changes import hold
from deliveries.models import CalendarFeed, Exclusion, Liking
from farms.household_people import invite_person
from farms.models import Household, PickupDay, StaffMember
from people.models import Letter, User
from shares.purchases import start_purchase
from shares.quotes import Line
from shares.settling import record_by_hand
from tests import factories
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
