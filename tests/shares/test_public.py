"""What anyone may see: the farms there are, and one farm's window."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from farms.models import Farm, Season
from shares.models import ShareType
from shares.prices.storefront import windows
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode().replace("<br>", " ")))


def test_the_front_page_leads_to_a_farm_and_to_a_season(client):
    page = client.get("/").content.decode()
    assert 'href="/farms/"' in page
    assert 'href="/farms/new/"' in page


def test_a_farm_shows_its_season_its_shares_and_the_way_in(client, cast):
    page = client.get("/f/cedar-bend-farm/")
    said = words(page)
    assert "25 weekly pickups, Tue 8 June – Friday 26 November 2027." in said
    assert [(card.share_type.name, card.price, card.pickups) for card in page.context["windows"][0].shares] == [
        ("Full share", 65000, 25), ("Half share", 37500, 25)
    ]  # fmt: skip
    assert "Full share For 3–4 people 25 pickups, about €26.00 each €650 100 left" in said
    assert "Every second week · 12 pickups" in said
    assert "Tuesday Market Tuesday, 17:00–19:30 4 Mill Lane" in said
    assert page.content.decode().count('href="/f/cedar-bend-farm/join/"') == 1


def test_a_farm_that_has_opened_nothing_is_not_there(client):
    factories.make_season(factories.make_farm("Shy Farm", published=False), on_sale=False)
    assert client.get("/f/shy-farm/").status_code == 404
    assert "Shy Farm" not in words(client.get("/farms/?q=shy"))


def test_a_draft_is_never_shown(client, cast):
    draft = factories.make_season(cast.farm, name="Secret plan", on_sale=False)
    factories.make_share_type(draft, "Secret share")
    assert "Secret" not in words(client.get("/f/cedar-bend-farm/"))


def test_private_notes_host_addresses_and_costs_are_never_shown(client, cast):
    cast.market.private_note, cast.market.host_email = "CANARY-CODE", "canary@host.example"
    cast.market.save()
    Season.objects.update(costs=7654321)
    shown = client.get("/f/cedar-bend-farm/").content.decode() + client.get("/farms/").content.decode()
    assert [canary in shown for canary in ("CANARY", "canary@", "76,543")] == [False] * 3


def test_who_comes_late_sees_the_price_of_the_pickups_left(client, cast, clock):
    clock(datetime(2027, 8, 2, 12, tzinfo=UTC))  # a Monday: Tuesday's is closed, Friday's is not
    page = client.get("/f/cedar-bend-farm/")
    full = page.context["windows"][0].shares[0]
    assert (full.pickups, full.full, full.price, full.is_from) == (16, 25, 41600, True)
    assert "16 of 25 pickups left, about €26.00 each from €416" in words(page)
    assert "you pay for the pickups that are left" in words(page)


def test_a_sale_that_opens_later_says_when_and_has_no_way_in(client, cast):
    Season.objects.filter(pk=cast.season.pk).update(opens_at=NOW + timedelta(hours=1))
    page = client.get("/f/cedar-bend-farm/")
    assert "The sale opens on Tuesday 1 June 2027 at 13:00." in words(page)
    assert "/join/" not in page.content.decode()


def test_sold_out_is_said_kindly_and_has_no_way_in(client, cast):
    ShareType.objects.filter(is_addon=False).update(taken=100)
    page = client.get("/f/cedar-bend-farm/")
    assert "Every share has found a home." in words(page)
    assert "/join/" not in page.content.decode()
    assert "Every share has found a home" in words(client.get("/farms/"))


def test_one_share_sold_out_leaves_the_way_in_to_the_other(client, cast):
    ShareType.objects.filter(pk=cast.full.pk).update(taken=100)
    ShareType.objects.filter(pk=cast.half.pk).update(taken=91)
    page = client.get("/f/cedar-bend-farm/")
    assert "€650 All taken" in words(page)
    assert "€375 9 left" in words(page)
    assert 'href="/f/cedar-bend-farm/join/"' in page.content.decode()


def test_a_season_that_is_over_leaves_the_window(client, cast, clock):
    clock(datetime(2027, 11, 25, 12, tzinfo=UTC))
    assert "nothing is left to join" in words(client.get("/f/cedar-bend-farm/"))
    clock(datetime(2027, 12, 24, 12, tzinfo=UTC))
    assert "No season is on sale just now." in words(client.get("/f/cedar-bend-farm/"))


def test_of_several_seasons_the_one_on_sale_stands_first_and_each_has_its_own_way_in(client, cast):
    winter = factories.make_season(cast.farm, [cast.market], name="Winter", first_day=datetime(2027, 12, 7).date())
    factories.make_share_type(winter)
    page = client.get("/f/cedar-bend-farm/").content.decode()
    for season in (cast.season, winter):
        assert f"/f/cedar-bend-farm/join/?season={season.pk}" in page


def test_farms_are_found_by_name_and_town_in_any_script(client):
    for name, town in (("Zwiebelhof", "Bremen"), ("Apple Hill", "Avonlea"), ("مزرعة الأرز", "زحلة")):
        factories.make_farm(name, town=town, slug=f"farm-{Farm.objects.count()}")

    def found(query):
        return [line["farm"].name for line in client.get("/farms/", {"q": query}).context["lines"]]

    assert found("") == ["Apple Hill", "Zwiebelhof", "مزرعة الأرز"]
    assert found("bremen") == ["Zwiebelhof"]
    assert found("hill avon") == ["Apple Hill"]
    assert found("زحلة") == ["مزرعة الأرز"]
    assert found("100%_") == []


def test_an_empty_list_and_an_empty_search_each_say_what_to_do(client):
    assert "No farm sells shares here yet" in words(client.get("/farms/"))
    factories.make_farm()
    assert "No farm of that name or town" in words(client.get("/farms/?q=nowhere"))


@pytest.mark.parametrize(
    "query", ["q=%EF%BF%BE", "q=" + "x" * 5000, "page=abc", "page=-1", "page=999", "q='%22%3Cb%3E"]
)
def test_whatever_is_asked_is_answered(client, query):
    factories.make_farm()
    assert client.get(f"/farms/?{query}").status_code == 200


def test_what_a_farm_says_of_itself_is_text_not_markup(client):
    farm = factories.make_farm("<b>Farm</b>", slug="b", story="<script>x</script>", tagline="{{7*7}}")
    page = client.get(f"/f/{farm.slug}/").content.decode()
    assert ("<b>Farm" in page, "<script>x" in page, "{{7*7}}" in page) == (False, False, True)


def test_a_page_that_only_shows_refuses_to_be_posted_to(client, cast):
    assert [client.post(path).status_code for path in ("/", "/farms/", "/f/cedar-bend-farm/")] == [405] * 3


def test_one_farm_and_three_with_one_type_and_three_are_read_in_the_same_number_of_queries(
    client, django_assert_num_queries
):
    for count in (1, 3):
        Farm.objects.all().update(published_at=None)
        for n in range(count):
            farm = factories.make_farm(f"Farm {count} {n}", slug=f"farm-{count}-{n}")
            sites = [factories.make_site(farm, weekday=m) for m in range(count)]
            season = factories.make_season(farm, sites)
            for m in range(count):
                factories.make_share_type(season, f"Type {m}")
        with django_assert_num_queries(8):
            assert len(client.get("/farms/").context["lines"]) == count
        with django_assert_num_queries(8):
            client.get(f"/f/farm-{count}-0/")


def test_windows_of_no_farm_are_none():
    assert windows(farms=[], at=NOW) == {}
