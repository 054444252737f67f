"""A farmer plans a season on four pages, opens it, and copies it the year after."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from farms.models import Farm, PickupDay, PickupSite, Season, StaffMember
from shares.in_parts import plans
from shares.models import PayAtPickup, PlanDay, ShareType
from shares.prices.prices import days_of, days_of_season, turns_of
from tests import factories
from tests.conftest import _signed_in
from tests.factories import NOW

SPRING = [date(2027, 2, 28), date(2027, 4, 30), date(2027, 5, 31)]

pytestmark = pytest.mark.django_db


@pytest.fixture
def fern(db):
    return factories.make_user("fern@new.example")


@pytest.fixture
def farm(fern):
    return factories.make_farm("New Farm", owner=fern, published=False)


@pytest.fixture
def client(fern, farm):
    return _signed_in(fern)


def page(season, step):
    return f"/f/{season.farm.slug}/desk/seasons/{season.pk}/{step}/"


def rows(prefix, *filled, initial=0):
    """The fields of a formset as a browser sends them."""
    sent = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": initial}
    return sent | {f"{prefix}-{n}-{name}": value for n, row in enumerate(filled) for name, value in row.items()}


def a_site(name="Market", **facts):
    usual = {"address": "4 Mill Lane", "weekday": 1, "opens": "17:00", "closes": "19:00", "capacity": "500"}
    return {"name": name} | usual | facts


def a_type(name="Full share", **facts):
    return {"name": name, "places": "100", "price": "650", "rhythm": "weekly", "weight": "2", "first_week": "1"} | facts


RULES = {
    "deadline_days": "2", "deadline_time": "23:59", "holds_allowed": "3", "costs": "", "terms": "", "opens_at": ""
}  # fmt: skip


def version(season):
    return Season.objects.values_list("version", flat=True).get(pk=season.pk)


def start(client, farm, **facts):
    sent = {"version": 0, "name": "Summer 2027", "first_day": "2027-06-08", "length": "25", "last_day": ""} | facts
    answer = client.post(f"/f/{farm.slug}/desk/seasons/new/", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return Season.objects.filter(farm=farm).latest("pk")


def say_where(client, season, *sites, **more):
    return client.post(page(season, "where"), rows("sites", *sites) | {"version": version(season)} | more)


def say_what(client, season, *types, **more):
    return client.post(page(season, "what"), rows("types", *types) | {"version": version(season)} | more)


def open_it(client, season, **rules):
    return client.post(page(season, "check"), RULES | {"version": version(season), "act": "open"} | rules)


def set_up(client, farm, *, sites, types, per="season", **when):
    """The whole wizard, as a farmer goes through it."""
    season = start(client, farm, **when)
    assert say_where(client, season, *sites).url == page(season, "what")
    assert say_what(client, season, *types, per=per).url == page(season, "check")
    assert open_it(client, season).url == f"/f/{farm.slug}/desk/seasons/"
    season.refresh_from_db()
    return season


def dates(season, site=None):
    days = PickupDay.objects.filter(week__season=season)
    return list((days.filter(site=site) if site else days).order_by("date").values_list("date", flat=True))


# --- the way through ----------------------------------------------------------------------------


def test_four_pages_take_a_farm_from_nothing_to_a_season_on_sale(client, farm):
    season = set_up(
        client, farm,
        sites=[a_site(), a_site("School gate", weekday=4), a_site("Barn", weekday=5, opens="09:00", closes="12:00")],
        types=[a_type(), a_type("Half share", price="375", weight="1"), a_type("Eggs", price="75", is_addon="on")],
    )  # fmt: skip

    farm.refresh_from_db()
    assert (season.opened_at, season.opens_at, farm.published_at) == (NOW, NOW, NOW)
    assert PickupDay.objects.filter(week__season=season).count() == 75
    assert list(season.share_types.values_list("name", "price", "weight", "is_addon", "places", "taken")) == [
        ("Full share", 65000, 2, False, 100, 0),
        ("Half share", 37500, 1, False, 100, 0),
        ("Eggs", 7500, 2, True, 100, 0),
    ]
    assert client.get(f"/f/{farm.slug}/").status_code == 200


def test_a_season_of_three_sites_and_three_types_needs_at_most_thirty_answers(client, farm):
    """Fields a farmer must fill in: those with no default that will do."""
    new = client.get(f"/f/{farm.slug}/desk/seasons/new/").context["form"]
    assert [name for name in new.fields if name != "version" and not new[name].value()] == ["last_day"]
    season = start(client, farm)
    [site] = client.get(page(season, "where")).context["formset"].forms
    empty = [name for name in site.fields if site.fields[name].required and site[name].value() in (None, "")]
    assert empty == ["name", "address"]
    say_where(client, season, a_site())
    types = client.get(page(season, "what")).context["formset"].forms
    assert [[n for n in form.fields if form.fields[n].required and not form[n].value()] for form in types] == [
        ["places", "price"], ["places", "price"], ["name", "places", "price"]
    ]  # fmt: skip
    farm_itself, when, per_site, what = 3, 1, 5, 7  # 5: name, address, weekday, from, to
    assert farm_itself + when + 3 * per_site + what <= 30


def test_nothing_is_made_by_looking(client, farm):
    assert client.get(f"/f/{farm.slug}/desk/seasons/new/").status_code == 200
    assert client.head(f"/f/{farm.slug}/desk/seasons/new/").status_code == 200
    assert Season.objects.count() == 0


def test_what_is_saved_stands_in_the_fields_when_one_comes_back(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site("Café", public_note="Behind", private_note="Code 12"))
    say_what(client, season, a_type(price="650,50"))
    assert client.get(page(season, "when")).context["form"]["length"].value() == 25
    [site] = client.get(page(season, "where")).context["formset"].forms
    assert (site["name"].value(), site["private_note"].value()) == ("Café", "Code 12")
    [kind] = client.get(page(season, "what")).context["formset"].forms
    assert kind["price"].value() == "650.50"


# --- when ---------------------------------------------------------------------------------------


def test_a_last_day_decides_how_many_weeks_there_are(client, farm):
    season = start(client, farm, first_day="2027-06-09", length="25", last_day="2027-11-17")
    assert season.length == 24


def test_a_tapped_week_is_skipped_and_keeps_its_number(client, farm):
    season = start(client, farm, skip=["3", "7"])
    say_where(client, season, a_site())
    assert [week.number for week in season.weeks.all() if week.skipped] == [3, 7]
    assert len(dates(season)) == 23
    assert date(2027, 6, 22) not in dates(season)


def test_weeks_that_no_season_has_are_not_skipped(client, farm):
    season = start(client, farm, skip=["3", "0", "-1", "54", "x", "٣", "9" * 5000])
    assert [week.number for week in season.weeks.all() if week.skipped] == [3]


def test_a_holiday_is_kept_or_skipped_or_skipped_with_a_week_more(client, farm):
    # 14 July 2027, Bastille Day, is a Wednesday
    for choice, length, held in (("keep", 10, 10), ("skip", 10, 9), ("extend", 11, 10)):
        facts = {"first_day": "2027-06-09", "length": "10", "name": choice, "holiday-6": choice}
        season = start(client, farm, **facts)
        say_where(client, season, a_site(weekday=2))
        assert (season.length, len(dates(season))) == (length, held)
        assert (date(2027, 7, 14) in dates(season)) == (choice == "keep")


def test_saving_an_extended_season_again_does_not_extend_it_again(client, farm):
    season = start(client, farm, first_day="2027-06-09", length="10", **{"holiday-6": "extend"})
    shown = client.get(page(season, "when"))
    assert [(row.number, row.skipped) for row in shown.context["holidays"]] == [(6, True)]
    facts = {"name": season.name, "first_day": "2027-06-09", "length": "11", "holiday-6": "skip"}
    client.post(page(season, "when"), facts | {"version": version(season)})
    season.refresh_from_db()
    assert season.length == 11


def test_the_preview_shows_what_is_typed_and_saves_nothing(client, farm):
    typed = {"version": 0, "name": "x", "first_day": "2027-06-09", "length": "10", "skip": ["2"], "preview": "1"}
    answer = client.post(f"/f/{farm.slug}/desk/seasons/new/", typed)
    assert (answer.status_code, answer.context["pickups"], Season.objects.count()) == (200, 9, 0)
    assert "Bastille" not in answer.content.decode()
    assert [row.number for row in answer.context["holidays"]] == [6]


def test_the_preview_keeps_the_choice_to_add_a_week(client, farm):
    typed = {"version": 0, "name": "x", "first_day": "2027-06-09", "length": "10", "holiday-6": "extend"}
    typed |= {"preview": "1"}
    answer = client.post(f"/f/{farm.slug}/desk/seasons/new/", typed)
    assert len(answer.context["rows"]) == 11
    assert re.findall(r'value="(\w+)" checked', answer.content.decode()) == ["extend"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("name", "\u200b"), ("name", "x\x00"), ("name", "x" * 61),
        ("first_day", ""), ("first_day", "2027-02-30"), ("first_day", "0001-01-01"), ("first_day", "9999-12-31"),
        ("first_day", "02/03"), ("first_day", "2027-W53"), ("first_day", "NaN"), ("first_day", "2027-06-08\x00"),
        ("length", "0"), ("length", "-1"), ("length", "54"), ("length", "1e1"), ("length", "1_0"), ("length", "2,5"),
        ("length", ""), ("length", "9" * 30), ("length", "NaN"), ("length", "\x00"),
        ("last_day", "2027-06-07"), ("last_day", "2029-01-01"), ("last_day", "31 June"),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_are_a_message_beside_the_field(client, farm, field, typed):
    sent = {"version": 0, "name": "Summer", "first_day": "2027-06-08", "length": "25", "last_day": ""}
    answer = client.post(f"/f/{farm.slug}/desk/seasons/new/", sent | {field: typed})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert Season.objects.count() == 0
    assert answer.context["form"]["name"].value() == (typed if field == "name" else "Summer")


def test_numbers_may_be_typed_in_any_digits(client, farm):
    assert start(client, farm, length="٢٤").length == 24


def test_weeks_that_do_not_exist_are_not_skipped_and_harm_nothing(client, farm):
    season = start(client, farm, skip=["0", "99", "-1", "x", "٣", "9" * 50, "\x00"], **{"holiday-2": "burn"})
    assert [week.number for week in season.weeks.all() if week.skipped] == []


def test_a_season_of_skipped_weeks_only_is_refused(client, farm):
    sent = {"version": 0, "name": "Summer", "first_day": "2027-06-08", "length": "2", "skip": ["1", "2"]}
    assert client.post(f"/f/{farm.slug}/desk/seasons/new/", sent).status_code == 200
    assert Season.objects.count() == 0


def test_a_season_s_name_is_used_once(client, farm):
    start(client, farm)
    sent = {"version": 0, "name": "SUMMER 2027", "first_day": "2028-06-08", "length": "25"}
    answer = client.post(f"/f/{farm.slug}/desk/seasons/new/", sent)
    assert (answer.status_code, list(answer.context["form"].errors), Season.objects.count()) == (200, ["name"], 1)


def test_moving_a_draft_moves_its_days(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    moved = {"version": version(season), "name": "Later", "first_day": "2028-02-22", "length": "2", "last_day": ""}
    assert client.post(page(season, "when"), moved).status_code == 302
    assert dates(season) == [date(2028, 2, 22), date(2028, 2, 29)]


# --- where --------------------------------------------------------------------------------------


def test_sites_have_their_weekday_and_window_in_the_farm_s_own_time(client, farm):
    season = start(client, farm, first_day="2027-10-26", length="2")
    say_where(client, season, a_site(weekday=1))
    starts = PickupDay.objects.filter(week__season=season).values_list("starts_at", flat=True)
    assert [each.astimezone(ZoneInfo("Europe/Paris")).time() for each in starts] == [time(17), time(17)]


def test_a_place_has_the_weekday_of_the_first_pickup_unless_told(client, farm):
    season = start(client, farm, first_day="2027-06-10")
    [form] = client.get(page(season, "where")).context["formset"].forms
    assert form["weekday"].value() == 3
    say_where(client, season, a_site(weekday=4))
    assert client.get(page(season, "check")).context["warnings"] == [
        "No place has pickups on Thu 10 June, so the first pickup is on Fri 11 June."
    ]


def test_another_place_is_asked_for_after_saving(client, farm):
    season = start(client, farm)
    answer = say_where(client, season, a_site(), add="1")
    assert answer.url == page(season, "where") + "?more=1#add"
    assert len(client.get(page(season, "where") + "?more=1").context["formset"].forms) == 2


def test_a_place_is_removed_and_forgotten_unless_it_has_a_past(client, farm):
    old = factories.make_season(farm, [factories.make_site(farm, "Old barn")], name="2026")
    season = start(client, farm)
    say_where(client, season, a_site(), a_site("Typo"), again=str(old.sites.get().pk))
    assert list(season.sites.values_list("name", flat=True)) == ["Market", "Typo", "Old barn"]
    shown = client.get(page(season, "where")).context["formset"]
    removed = [
        {name: form[name].value() or "" for name in form.fields} | {"DELETE": "on" if n else ""}
        for n, form in enumerate(shown.forms)
    ]
    say = rows("sites", *removed, initial=3) | {"version": version(season)}
    assert client.post(page(season, "where"), say).status_code == 302
    assert list(season.sites.values_list("name", flat=True)) == ["Market"]
    assert set(PickupSite.objects.filter(farm=farm).values_list("name", flat=True)) == {"Market", "Old barn"}
    assert len(dates(season)) == 25


def test_a_place_of_another_farm_cannot_be_used_again(client, farm):
    theirs = factories.make_site(factories.make_farm("Other"))
    season = start(client, farm)
    say_where(client, season, a_site(), again=str(theirs.pk))
    assert list(season.sites.values_list("name", flat=True)) == ["Market"]


def test_a_season_without_a_place_cannot_go_on(client, farm):
    season = start(client, farm)
    untouched = {"weekday": 1, "opens": "17:00", "closes": "19:00", "capacity": "100", "name": "", "address": ""}
    answer = say_where(client, season, untouched)
    assert (answer.status_code, season.sites.count()) == (200, 0)
    assert "Add at least one place" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("name", "a\x00"), ("name", "x" * 10_000), ("address", ""), ("address", "\u200b"),
        ("weekday", "7"), ("weekday", "-1"), ("weekday", "Tuesday"), ("weekday", ""), ("weekday", "1\x00"),
        ("opens", "25:00"), ("opens", ""), ("opens", "five"), ("closes", "17:00"), ("closes", "16:59"),
        ("capacity", "0"), ("capacity", "-5"), ("capacity", "1e5"), ("capacity", "2147483648"), ("capacity", "1.5"),
        ("capacity", "NaN"), ("host_email", "a@b.c, e@x.y"), ("public_note", "x" * 251), ("private_note", "\x00"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_a_message_beside_the_field_and_no_site_is_saved(client, farm, field, typed):
    season = start(client, farm)
    answer = say_where(client, season, a_site("Good"), a_site(**{field: typed}))
    formset = answer.context["formset"]
    assert (answer.status_code, [list(each) for each in formset.errors]) == (200, [[], [field]])
    assert formset.forms[0]["name"].value() == "Good"
    assert (season.sites.count(), answer.content.decode().count("<title>Error:")) == (0, 1)


@pytest.mark.parametrize("count", ["", "x", "-1", "99999999", "1e3", "\x00"])
def test_a_forged_number_of_rows_is_no_error_of_ours(client, farm, count):
    season = start(client, farm)
    sent = rows("sites", a_site()) | {"version": version(season), "sites-TOTAL_FORMS": count}
    assert client.post(page(season, "where"), sent).status_code == 200
    assert season.sites.count() == 0


# --- what ---------------------------------------------------------------------------------------


def test_a_price_for_each_pickup_becomes_the_price_of_the_season(client, farm):
    season = start(client, farm, skip=["3"])
    say_where(client, season, a_site())
    types = [
        a_type(price="26"),  # 24 pickups
        a_type("Bread", price="4,50", rhythm="biweekly"),  # A has 12, B has 12
        a_type("Fruit", price="10", first_week="5", weeks="18"),
    ]
    say_what(client, season, *types, per="week")
    assert list(season.share_types.values_list("price", flat=True)) == [62400, 5400, 18000]


def test_nobody_pays_for_a_biweekly_pickup_they_do_not_get(client, farm):
    season = start(client, farm)  # A has 13 turns, B 12
    say_where(client, season, a_site())
    say_what(client, season, a_type(price="10", rhythm="biweekly"), per="week")
    assert season.share_types.get().price == 12000


def test_the_money_preview_follows_what_is_typed_and_saves_nothing(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    Season.objects.filter(pk=season.pk).update(costs=4615000)
    typed = rows("types", a_type(places="80"), a_type("Half", price="3x"), a_type("Eggs", price="80", is_addon="on"))
    answer = client.post(page(season, "what"), typed | {"version": version(season), "preview": "1"})
    words = re.sub(r"<[^>]+>", "", answer.content.decode())
    assert "€60,000" in words  # 80 × 650 + 100 × 80; the half share cannot be read yet
    assert "Costs of €46,150 are covered at 71 shares." in words
    assert season.share_types.count() == 0


def test_costs_typed_on_the_last_page_are_weighed_at_once(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type())
    for typed, told in (("32 500", "covered at 50 shares"), ("x", "Say what the season costs you")):
        sent = RULES | {"version": version(season), "preview": "1", "costs": typed}
        assert told in re.sub(r"<[^>]+>", "", client.post(page(season, "check"), sent).content.decode())
    season.refresh_from_db()
    assert season.costs is None


def test_costs_that_are_never_covered_are_told(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type(places="10"))
    Season.objects.filter(pk=season.pk).update(costs=700000)
    words = re.sub(r"<[^>]+>", "", client.get(page(season, "what")).content.decode())
    assert "Costs of €7,000 are not covered even then: €500 is missing." in words


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""), ("name", "\x00"), ("name", "x" * 61), ("feeds", "x" * 161), ("places", ""), ("places", "-1"),
        ("places", "1e5"), ("places", "1_000"), ("places", "2147483648"), ("places", "9223372036854775808"),
        ("price", ""), ("price", "-5"), ("price", "1e5"), ("price", "1_000"), ("price", "NaN"), ("price", "0.005"),
        ("price", "9223372036854775808"), ("price", "\x00"), ("rhythm", "daily"), ("weight", "0"), ("weight", "1001"),
        ("weight", "x"), ("first_week", "0"), ("first_week", "26"), ("first_week", "54"), ("weeks", "0"),
        ("weeks", "-1"), ("weeks", "x"),
    ],
)  # fmt: skip
def test_a_share_type_that_cannot_be_is_a_message_beside_the_field_and_none_is_saved(client, farm, field, typed):
    season = start(client, farm)
    say_where(client, season, a_site())
    answer = say_what(client, season, a_type("Good"), a_type(**{field: typed}))
    assert (answer.status_code, [list(each) for each in answer.context["formset"].errors]) == (200, [[], [field]])
    assert season.share_types.count() == 0


@pytest.mark.parametrize(
    ("typed", "price"),
    [("1,50", 150), ("٨٠٫٤", 8040), ("1.234,56", 123456), ("0", 0), ("-0", 0), ("448.50", 44850), ("650", 65000)],
)
def test_prices_are_read_as_people_write_them(client, farm, typed, price):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type(price=typed))
    assert season.share_types.get().price == price


def test_money_without_cents_has_none(client, farm):
    Farm.objects.filter(pk=farm.pk).update(currency="JPY", country="JP")
    season = start(client, farm)
    say_where(client, season, a_site())
    assert say_what(client, season, a_type(price="65.50")).status_code == 200
    say_what(client, season, a_type(price="65000"))
    assert season.share_types.get().price == 65000


def test_what_is_taken_out_of_a_draft_is_gone(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type(), a_type("Half share"))
    sent = rows("types", a_type(), a_type("Half share", DELETE="on", price="garbage"), initial=2)
    assert client.post(page(season, "what"), sent | {"version": version(season)}).status_code == 302
    assert list(season.share_types.values_list("name", flat=True)) == ["Full share"]


# --- check and open -----------------------------------------------------------------------------


def test_a_season_that_lacks_something_is_not_opened_and_says_what(client, farm):
    season = start(client, farm)
    answer = open_it(client, season)
    season.refresh_from_db()
    assert (answer.status_code, season.opened_at) == (200, None)
    assert answer.context["missing"] == [
        "Add at least one place to collect shares.", "Add at least one share."
    ]  # fmt: skip
    assert client.get(f"/f/{farm.slug}/").status_code == 404


def test_the_deadline_rule_moves_the_deadlines_of_all_days(client, farm):
    season = start(client, farm, length="2")
    say_where(client, season, a_site())
    sent = RULES | {"version": version(season), "act": "save", "deadline_days": "3", "deadline_time": "12:00"}
    client.post(page(season, "check"), sent)
    deadlines = PickupDay.objects.filter(week__season=season).values_list("deadline_at", flat=True)
    assert [each.isoformat() for each in deadlines] == ["2027-06-05T10:00:00+00:00", "2027-06-12T10:00:00+00:00"]


def test_a_sale_that_opens_later_is_told_in_the_farm_s_time(client, farm):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type())
    open_it(client, season, opens_at="2027-06-03T09:00")
    season.refresh_from_db()
    assert season.opens_at.isoformat() == "2027-06-03T07:00:00+00:00"
    assert "The sale opens on Thursday 3 June 2027 at <bdi" in client.get(f"/f/{farm.slug}/").content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("deadline_days", "-1"), ("deadline_days", "15"), ("deadline_days", ""), ("deadline_time", "24:00"),
        ("holds_allowed", "53"), ("holds_allowed", "x"), ("costs", "-1"), ("costs", "1e5"), ("costs", "9" * 25),
        ("terms", "x" * 4001), ("terms", "\x00"), ("opens_at", "tomorrow"), ("opens_at", "2027-03-28T02:30"),
        ("opens_at", "0001-01-01T00:00"), ("opens_at", "9999-12-31T23:59"), ("version", "x"), ("version", ""),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_a_message_and_the_season_stays_closed(client, farm, field, typed):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type())
    answer = open_it(client, season, **{field: typed})
    season.refresh_from_db()
    assert (answer.status_code, list(answer.context["form"].errors), season.opened_at) == (200, [field], None)


def test_what_may_have_been_overlooked_is_told(client, farm):
    season = start(client, farm, first_day="2027-05-26", length="10")  # six days ago, on Wednesdays
    say_where(client, season, a_site(weekday=2, capacity="120"))
    say_what(client, season, a_type(), a_type("Half", rhythm="biweekly", places="60"))
    assert client.get(page(season, "check")).context["warnings"] == [
        "Week 8 is a holiday: National Day, Wed 14 July.",
        "You sell 130 boxes a week; the sites have room for 120. Add room, or sell fewer places.",
        "The first pickup is not in the future. Who joins now pays for the pickups left.",
    ]


def test_opening_twice_opens_once(client, farm, clock):
    season = set_up(client, farm, sites=[a_site()], types=[a_type()])
    clock(NOW + timedelta(hours=1))
    open_it(client, season)
    season.refresh_from_db()
    assert season.opened_at == NOW


# --- two windows --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["when", "where", "what", "check"])
def test_a_page_older_than_the_season_saves_nothing_and_says_so(client, farm, step):
    season = start(client, farm)
    say_where(client, season, a_site())
    say_what(client, season, a_type())
    old = version(season) - 1
    sent = {
        "when": {"name": "Mine", "first_day": "2027-07-06", "length": "5", "last_day": ""},
        "where": rows("sites", a_site("Mine"), initial=1),
        "what": rows("types", a_type("Mine"), initial=1),
        "check": RULES | {"terms": "Mine", "act": "open"},
    }[step]
    for _again in range(2):  # pressing the button again does not get it through
        answer = client.post(page(season, step), sent | {"version": old})
        words = answer.content.decode()
        assert answer.status_code == 200
        assert "changed meanwhile" in words
        assert "Mine" in words
    season.refresh_from_db()
    assert (season.name, season.length, season.terms, season.opened_at) == ("Summer 2027", 25, "", None)
    assert (season.sites.get().name, season.share_types.get().name) == ("Market", "Full share")


# --- once it is open ----------------------------------------------------------------------------


def test_an_open_season_takes_more_places_and_words_and_keeps_what_was_sold(client, farm):
    season = set_up(client, farm, sites=[a_site()], types=[a_type()])
    kind = season.share_types.get()
    ShareType.objects.filter(pk=kind.pk).update(taken=30)
    sent = rows("types", a_type("Big share", places="120", price="1", weight="9"), a_type("Late", price="9"), initial=1)
    assert client.post(page(season, "what"), sent | {"version": version(season)}).status_code == 302
    kind.refresh_from_db()
    assert (kind.name, kind.places, kind.price, kind.weight) == ("Big share", 120, 65000, 2)
    assert season.share_types.get(name="Late").price == 900


def test_fewer_places_than_are_taken_are_refused(client, farm):
    season = set_up(client, farm, sites=[a_site()], types=[a_type()])
    season.share_types.update(taken=30)
    season.season_sites.update(taken_a=30, taken_b=20)
    few = rows("types", a_type(places="29"), initial=1) | {"version": version(season)}
    assert "30 places are taken already" in client.post(page(season, "what"), few).content.decode()
    small = rows("sites", a_site(capacity="29"), initial=1) | {"version": version(season)}
    assert "30 places are taken already" in client.post(page(season, "where"), small).content.decode()
    assert (season.share_types.get().places, season.season_sites.get().capacity) == (100, 500)


def test_an_open_season_keeps_its_days_whatever_is_sent(client, farm):
    season = set_up(client, farm, sites=[a_site()], types=[a_type()])
    own = [field.attname for field in PickupDay._meta.fields if field.name != "rewritten"]  # its site has a new name
    before = list(PickupDay.objects.order_by("pk").values(*own))
    moved = {"version": version(season), "name": "New name", "first_day": "2028-01-01", "length": "3", "skip": ["1"]}
    client.post(page(season, "when"), moved)
    site = rows("sites", a_site("Renamed", weekday=5, opens="08:00", closes="09:00", DELETE="on"), initial=1)
    client.post(page(season, "where"), site | {"version": version(season)})
    client.post(page(season, "check"), RULES | {"version": version(season), "act": "save", "deadline_days": "9"})
    season.refresh_from_db()
    assert (season.name, season.length, season.deadline_days, season.sites.get().name) == ("New name", 25, 2, "Renamed")
    assert list(PickupDay.objects.order_by("pk").values(*own)) == before


def test_a_draft_cannot_move_the_site_of_a_season_on_sale(client, farm):
    running = set_up(client, farm, sites=[a_site()], types=[a_type()])
    draft = start(client, farm, name="Winter", first_day="2027-12-07")
    say_where(client, draft, again=str(running.sites.get().pk))
    sent = rows("sites", a_site("Market", weekday=5, opens="08:00", closes="09:00"), initial=1)
    client.post(page(draft, "where"), sent | {"version": version(draft)})
    assert running.sites.get().weekday == 1


# --- like last year -----------------------------------------------------------------------------


def test_last_season_is_copied_to_the_same_weekday_a_year_later(client, farm):
    last = set_up(
        client, farm, sites=[a_site(weekday=2), a_site("Barn", weekday=5)],
        types=[a_type(), a_type("Fruit", first_week="5", weeks="18", rhythm="biweekly")],
        first_day="2027-06-09", skip=["20"], **{"holiday-6": "skip"},
    )  # fmt: skip
    shown = client.get(page(last, "copy"))
    form = shown.context["form"]
    assert (form["name"].value(), form["first_day"].value()) == ("Summer 2028", date(2028, 6, 7))

    sent = {"name": "Summer 2028", "first_day": "2028-06-07"}
    answer = client.post(page(last, "copy"), sent)
    new = Season.objects.latest("pk")
    assert answer.url == page(new, "check")
    assert (new.opened_at, new.length, new.sites.count(), new.deadline_days) == (None, 25, 2, 2)
    facts = ("name", "price", "places", "weight", "rhythm", "first_week", "weeks")
    assert list(new.share_types.values_list(*facts)) == list(last.share_types.values_list(*facts))
    # 14 July 2028 is a Friday, no pickup: only the week without a holiday stays skipped
    assert [week.number for week in new.weeks.all() if week.skipped] == [20]
    assert dates(new)[0] == date(2028, 6, 7)
    assert open_it(client, new).status_code == 302


def test_a_holiday_that_was_skipped_is_skipped_where_it_falls_next_year(client, farm):
    farm.country = "US"
    farm.save()
    last = set_up(
        client, farm, sites=[a_site(weekday=3)], types=[a_type()], first_day="2027-11-04", length="6",
        **{"holiday-4": "skip"},  # Thanksgiving, 25 November 2027; Veterans Day, the 11th, is kept
    )  # fmt: skip
    answer = client.get(page(last, "copy"))
    assert answer.context["later"] == date(2028, 11, 2)
    assert [(row.number, row.first) for row in answer.context["new_rows"] if row.skipped] == [(4, date(2028, 11, 23))]


def test_the_plans_to_pay_come_along_on_the_same_dates_of_the_new_season(client, farm):
    last = set_up(client, farm, sites=[a_site()], types=[a_type()], first_day="2027-06-08")
    plans.make_plan(season=last, name="In four", deposit=20, days=SPRING, at=NOW)
    gone = plans.make_plan(season=last, name="In two", deposit=50, days=SPRING[:1], at=NOW)
    plans.retire_plan(gone, at=NOW)
    plans.allow_at_pickup(season=last, allowed=True, at=NOW)
    shown = client.get(page(last, "copy")).content.decode()
    assert ("In four" in shown, "Wed 31 May" in shown, "In two" in shown) == (True, True, False)
    client.post(page(last, "copy"), {"name": "Next", "first_day": "2028-06-06"})
    new = Season.objects.latest("pk")
    [plan] = new.payment_plans.all()
    assert (plan.name, plan.deposit, plan.retired_at) == ("In four", 20, None)
    assert [row.day for row in plan.days.all()] == [date(2028, 2, 28), date(2028, 4, 30), date(2028, 5, 31)]
    assert PayAtPickup.objects.filter(season=new).exists()
    client.post(page(last, "copy"), {"name": "Winter", "first_day": "2027-11-30"})  # six months later
    days = PlanDay.objects.filter(plan__season__name="Winter").values_list("day", flat=True)
    assert list(days) == [date(2027, 8, 28), date(2027, 10, 30), date(2027, 11, 30)]


def test_what_was_ticked_for_other_dates_does_not_count(client, farm):
    last = set_up(client, farm, sites=[a_site()], types=[a_type()], skip=["3"])
    sent = {"name": "Next", "first_day": "2028-06-13", "shown_for": "2028-06-06", "skip": ["9"]}
    client.post(page(last, "copy"), sent)
    assert [week.number for week in Season.objects.latest("pk").weeks.all() if week.skipped] == [3]


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (date(2027, 6, 8), date(2028, 6, 6)), (date(2024, 2, 29), date(2025, 2, 27)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 12, 31), date(2028, 12, 29)), (date(2028, 6, 6), date(2029, 6, 5)),
    ],
)  # fmt: skip
def test_a_year_later_is_the_nearest_same_weekday(first, later):
    from shares.forms.wizard import a_year_later

    assert (a_year_later(first), later.weekday()) == (later, first.weekday())


# --- seasons that farms really sold (shared/data) -----------------------------------------------


def a_real_farm(**facts):
    owner = factories.make_user()
    facts = {"country": "US", "currency": "USD", "timezone": "America/New_York"} | facts
    farm = factories.make_farm("Real Farm", owner=owner, published=False, **facts)
    return _signed_in(owner), farm


def test_stoneledge_at_darien_library_2021():
    client, farm = a_real_farm()
    prices = {"Vegetables": "595", "Fruit": "270", "Mushrooms": "150", "Dry beans": "120", "Coffee": "132"}
    season = set_up(
        client, farm, name="2021", first_day="2021-06-09", length="", last_day="2021-11-17",
        sites=[a_site("Darien Library", weekday=2, opens="16:30", closes="19:30")],
        types=[a_type(name, price=prices[name], is_addon="on" if n else "") for n, name in enumerate(prices)],
    )  # fmt: skip
    assert (season.length, dates(season)[0], dates(season)[-1]) == (24, date(2021, 6, 9), date(2021, 11, 17))
    day = PickupDay.objects.filter(week__season=season).latest("date")
    local = day.starts_at.astimezone(ZoneInfo("America/New_York"))
    assert local.replace(tzinfo=None) == datetime(2021, 11, 17, 16, 30)
    assert {each.name: each.price for each in season.share_types.all()} == {
        name: int(price) * 100 for name, price in prices.items()
    }


def test_a_western_new_york_farm_2014_with_fruit_from_july():
    client, farm = a_real_farm()
    season = set_up(
        client, farm, name="2014", first_day="2014-06-03", length="22", sites=[a_site()],
        types=[a_type(price="545"), a_type("Fruit", price="180", first_week="5", weeks="18", is_addon="on")],
    )  # fmt: skip
    days, site = days_of_season(season), season.sites.get().pk
    fruit = days_of(season.share_types.get(name="Fruit"), turn="", site=site, days=days)
    assert (len(fruit), fruit[0].date) == (18, date(2014, 7, 1))
    assert len(days_of(season.share_types.get(name="Full share"), turn="", site=site, days=days)) == 22


def test_henry_got_crops_2012_on_two_days():
    client, farm = a_real_farm()
    season = set_up(
        client, farm, name="2012", first_day="2012-06-05", length="24",
        sites=[a_site("Farm", weekday=1), a_site("Farm", weekday=4)],
        types=[a_type("Small", price="410", weight="1"), a_type("Large", price="700", weight="2")],
    )  # fmt: skip
    assert [len(dates(season, site)) for site in season.sites.all()] == [24, 24]


def test_frost_arrow_2013_at_a_market_and_in_mid_week():
    client, farm = a_real_farm()
    season = set_up(
        client, farm, name="2013", first_day="2013-05-15", length="26",
        sites=[a_site("Market", weekday=5, opens="08:00", closes="13:00"), a_site("Farm", weekday=2)],
        types=[a_type(price="650"), a_type("Half share", price="325", weight="1")],
    )  # fmt: skip
    assert [len(dates(season, site)) for site in season.sites.all()] == [26, 26]


def test_kirbys_2024_with_quarter_half_and_full_shares():
    client, farm = a_real_farm()
    season = set_up(
        client, farm, name="2024", sites=[a_site("Market"), a_site("Boxes", weekday=3)],
        types=[a_type("Quarter", weight="1"), a_type("Half", weight="2"), a_type("Full", weight="4")],
    )  # fmt: skip
    assert list(season.share_types.values_list("name", "weight")) == [("Quarter", 1), ("Half", 2), ("Full", 4)]


def test_forest_hills_with_a_price_in_cents():
    client, farm = a_real_farm()
    season = set_up(client, farm, sites=[a_site()], types=[a_type(price="448.50")])
    assert season.share_types.get().price == 44850


def test_shared_legacy_with_385_boxes_over_many_sites_every_second_one_biweekly():
    client, farm = a_real_farm()
    season = set_up(
        client, farm, sites=[a_site(f"Stop {n}", weekday=n % 7, capacity="20") for n in range(20)],
        types=[a_type("Weekly", places="193"), a_type("Every second week", places="192", rhythm="biweekly")],
    )  # fmt: skip
    assert PickupDay.objects.filter(week__season=season).count() == 500
    assert turns_of(season.share_types.get(rhythm="biweekly")) == ("A", "B")


# --- doors and figures --------------------------------------------------------------------------


def test_only_owners_of_this_farm_plan_its_seasons(cast, as_fern, as_sam, as_oz, as_olga):
    pat = factories.make_user()
    StaffMember.objects.create(farm=cast.farm, user=pat, role="packer", since=NOW)
    hanna = factories.make_user()
    StaffMember.objects.create(farm=cast.farm, user=hanna, role="host", site=cast.market, since=NOW)
    strangers = [as_sam, as_oz, as_olga, _signed_in(pat), _signed_in(hanna)]
    base = f"/f/{cast.farm.slug}/desk/seasons/"
    pages = [base, f"{base}new/", *(page(cast.season, step) for step in ("when", "where", "what", "check", "copy"))]
    from django.test import Client

    for address in pages:
        assert as_fern.get(address).status_code == 200
        assert [who.get(address).status_code for who in strangers] == [404] * 5
        assert Client().get(address).url == f"/accounts/login/?next={address}"
        if address != base:
            assert [who.post(address, {"version": "0"}).status_code for who in strangers] == [404] * 5


def test_an_owner_reaches_no_season_of_another_farm_through_her_own(cast, as_olga):
    for step in ("when", "where", "what", "check", "copy"):
        assert as_olga.get(f"/f/other-farm/desk/seasons/{cast.season.pk}/{step}/").status_code == 404
        assert as_olga.get(f"/f/other-farm/desk/seasons/{'9' * 30}/{step}/").status_code == 404


@pytest.mark.parametrize(
    ("step", "queries"), [("", 7), ("when", 9), ("where", 11), ("what", 8), ("check", 9), ("copy", 12)]
)
def test_each_page_asks_the_same_of_one_row_and_of_three(step, queries, django_assert_num_queries):
    for count in (1, 3):
        owner = factories.make_user()
        farm = factories.make_farm(f"Farm {count}", owner=owner)
        for n in range(count if not step else 1):
            sites = [factories.make_site(farm, f"Site {m}", weekday=m) for m in range(count)]
            season = factories.make_season(farm, sites, name=f"Season {n}")
            for m in range(count):
                factories.make_share_type(season, f"Type {m}")
        who = _signed_in(owner)
        address = page(season, step) if step else f"/f/{farm.slug}/desk/seasons/"
        who.get(address)
        with django_assert_num_queries(queries):
            who.get(address)


def test_a_season_is_packed_alike_until_its_farmer_says_otherwise_even_when_it_runs(cast, as_fern):
    url = reverse("season_check", args=[cast.farm.slug, cast.season.pk])
    assert 'value="uniform" id="id_mode_0" checked' in as_fern.get(url).content.decode()
    as_fern.post(url, {"version": cast.season.version, "mode": "choice", "act": "save"})
    cast.season.refresh_from_db()
    assert cast.season.mode == "choice"
    as_fern.post(url, {"version": cast.season.version, "costs": "1000", "act": "save"})
    cast.season.refresh_from_db()
    assert (cast.season.mode, cast.season.costs) == ("choice", 100000)
    answer = as_fern.post(url, {"version": cast.season.version, "mode": "dice", "act": "save"})
    assert (answer.status_code, answer.context["form"].errors["mode"]) == (200, ["Choose one of the two ways."])
