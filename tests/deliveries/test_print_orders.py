"""Lists in the reader's own language: worded when they are published, set by the worker when somebody wants them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deliveries import divisions
from deliveries.checking_in import host_links, unclaimed
from deliveries.models import Change, Manuscript, PrintedList
from deliveries.printing import print_orders, prints
from farms.models import Household, PickupDay
from tests import factories
from tests.deliveries.harvesting import make_harvest, publish, with_shares
from tests.deliveries.lists.reading import sizes_of, text_of

LISTS = "/f/cedar-bend-farm/desk/lists/2027-06-08/"
SOON = factories.NOW + timedelta(minutes=5)


@pytest.fixture
def printed(cast):
    with_shares(cast, full=2, half=1)
    return publish(make_harvest(cast))


def reads_arabic(user) -> None:
    user.language = "ar"
    user.save()


def in_arabic(harvest) -> dict[str, bytes]:
    return {one.kind: bytes(one.pdf) for one in harvest.current.printed.filter(language="ar")}


def test_a_farmer_who_reads_arabic_asks_the_worker_and_gets_every_list_in_arabic(cast, printed, as_fern):
    as_fern.cookies["django_language"] = "ar"
    page = as_fern.get(LISTS)
    assert (page.context["shelf"].is_mine, page.context["everything"].language) == (False, "en")
    assert 'name="language" value="ar"' in page.content.decode()
    assert as_fern.post(f"{LISTS}print/", {"language": "ar"})["Location"] == LISTS
    assert [one.code for one in as_fern.get(LISTS).context["shelf"].under_way] == ["ar"]
    assert "HX-Refresh" not in as_fern.get(f"{LISTS}progress/")
    assert print_orders.set_prints(SOON) == 1
    assert as_fern.get(f"{LISTS}progress/")["HX-Refresh"] == "true"
    page = as_fern.get(LISTS)
    everything = page.context["everything"]
    assert (page.context["shelf"].is_mine, everything.language) == (True, "ar")
    text = text_of(as_fern.get(f"{LISTS}{everything.pk}.pdf").content)
    assert "Lettuce" in text
    assert not {"Version", "Harvest", "printed"} & set(text.replace("\n", " ").split())
    assert set(in_arabic(printed)) == {"harvest", "packing", "truck", "site", "labels", "all"}


def test_the_same_people_and_version_stand_there_although_the_roster_has_changed_since(cast):
    share = factories.make_share(factories.make_household(cast.farm, "Abel"), cast.full, site=cast.market)
    harvest = publish(make_harvest(cast))
    day = PickupDay.objects.get(week__number=1, site=cast.market)
    Change.objects.create(share=share, day=day, kind="hold", becomes="move", made_at=SOON)
    factories.make_share(factories.make_household(cast.farm, "Eve"), cast.full, site=cast.market, at=SOON)
    assert print_orders.ask(run=harvest.current, language="ar", at=SOON)
    print_orders.set_prints(SOON)
    arabic = text_of(in_arabic(harvest)["site"])
    assert ("Abel" in arabic, "Eve" in arabic, "1.1" in arabic) == (True, False, True)


def test_what_people_at_the_farm_read_is_asked_for_when_it_is_published(cast):
    reads_arabic(cast.fern)
    with_shares(cast)
    harvest = publish(make_harvest(cast))
    assert list(Manuscript.objects.values_list("language", "asked_at")) == [("en", None), ("ar", factories.NOW)]
    assert print_orders.set_prints(SOON) == 1
    assert len(in_arabic(harvest)) == 6


def test_asked_twice_it_is_printed_once_and_not_again_when_it_is_there(printed):
    run = printed.current
    asked = [print_orders.ask(run=run, language=language, at=SOON) for language in ("ar", "ar", "en", "xx")]
    assert asked == [True, False, False, False]
    assert (print_orders.set_prints(SOON), print_orders.set_prints(SOON)) == (1, 0)
    assert not print_orders.ask(run=run, language="ar", at=SOON)


def test_a_print_in_a_worker_s_hand_is_left_to_it_until_its_lease_is_over(printed):
    print_orders.ask(run=printed.current, language="ar", at=SOON)
    Manuscript.objects.filter(language="ar").update(leased_until=SOON + print_orders.LEASE)
    assert print_orders.set_prints(SOON) == 0
    assert print_orders.set_prints(SOON + print_orders.LEASE) == 1


def test_two_workers_who_set_the_same_print_keep_it_once(printed, monkeypatch, caplog):
    print_orders.ask(run=printed.current, language="ar", at=SOON)
    once = prints.print_lists

    def slow(*args, **facts):
        """While this one prints, its lease runs out and another begins and ends."""
        monkeypatch.setattr(prints, "print_lists", once)
        assert print_orders.set_prints(SOON + print_orders.LEASE) == 1
        return once(*args, **facts)

    monkeypatch.setattr(prints, "print_lists", slow)
    assert print_orders.set_prints(SOON) == 0
    assert (PrintedList.objects.filter(language="ar", kind="all").count(), caplog.text) == (1, "")


def test_a_print_that_fails_says_so_and_may_be_asked_for_again(cast, printed, as_fern, monkeypatch):
    as_fern.cookies["django_language"] = "ar"
    as_fern.post(f"{LISTS}print/", {"language": "ar"})
    with monkeypatch.context() as poisoned:
        poisoned.setattr(prints, "print_lists", None)
        assert print_orders.set_prints(SOON) == 0
    page = as_fern.get(LISTS)
    assert page.context["shelf"].mine.failed
    assert 'role="alert"' in page.content.decode()
    as_fern.post(f"{LISTS}print/", {"language": "ar"})
    assert print_orders.set_prints(SOON) == 1


def test_only_lists_in_force_are_printed(cast, printed):
    old = printed.current
    print_orders.ask(run=old, language="ar", at=SOON)
    publish(printed, at=SOON)
    assert print_orders.set_prints(SOON) == 0
    assert set(Manuscript.objects.values_list("allocation__number", flat=True)) == {2}
    assert not print_orders.ask(run=old, language="ar", at=SOON)


def test_a_farm_that_changes_its_paper_prints_the_same_lists_on_it(cast, printed, as_fern):
    cast.farm.paper = "us-letter"
    cast.farm.save()
    shelf = as_fern.get(LISTS).context["shelf"]
    assert (shelf.everything.paper, shelf.mine.everything) == ("a4", None)
    as_fern.post(f"{LISTS}print/", {"language": "en"})
    assert print_orders.set_prints(SOON) == 1
    everything = as_fern.get(LISTS).context["everything"]
    assert {round(min(size)) for size in sizes_of(bytes(everything.pdf))} == {612}


def test_the_host_prints_the_site_s_list_in_their_language_by_their_link(cast, printed, client):
    day = PickupDay.objects.get(week__number=1, site=cast.market)
    address = f"/c/{host_links.live_link(day=day, at=factories.NOW).token}/list"
    assert "Who collects" in text_of(client.get(f"{address}.pdf").content)
    client.cookies["django_language"] = "ar"
    assert 'name="language" value="ar"' in client.get(f"{address}/").content.decode()
    assert client.post(f"{address}/", {"language": "ar"})["Location"] == f"{address}/"
    assert "HX-Refresh" not in client.get(f"{address}/", headers={"HX-Request": "true"})
    print_orders.set_prints(SOON)
    assert client.get(f"{address}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    answer = client.get(f"{address}.pdf")
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer.content == in_arabic(printed)["site"]


def test_the_host_s_list_is_gone_when_the_pickup_is_closed_and_before_anything_is_printed(cast, client):
    with_shares(cast, full=1, half=0)
    day = PickupDay.objects.select_related("week__season__farm", "site__farm").get(week__number=1, site=cast.market)
    address = f"/c/{host_links.live_link(day=day, at=factories.NOW).token}/list"
    harvest = make_harvest(cast)
    assert [client.get(address + end).status_code for end in ("/", ".pdf")] == [404, 404]
    publish(harvest)
    assert [client.get(address + end).status_code for end in ("/", ".pdf")] == [200, 200]
    fates = dict.fromkeys(Household.objects.values_list("pk", flat=True), unclaimed.Fate("host"))
    unclaimed.close(day=day, fates=fates, note="", link=None, by=cast.fern, at=day.ends_at)
    assert [client.get(address + end).status_code for end in ("/", ".pdf")] == [404, 404]


def test_how_far_the_worker_is_stands_on_the_page(cast, as_fern, monkeypatch):
    with_shares(cast)
    harvest = make_harvest(cast)
    divisions.ask_for_division(harvest=harvest, by=cast.fern, at=factories.NOW)
    seen = []
    typeset = prints.set_each_and_all

    def watched(words, paper, told):
        def tell(parts_set: int, parts: int) -> None:
            told(parts_set, parts)
            seen.append(as_fern.get("/f/cedar-bend-farm/desk/harvest/2027-06-08/progress/").content.decode())

        return typeset(words, paper, tell)

    monkeypatch.setattr(prints, "set_each_and_all", watched)
    assert divisions.divide_harvests(factories.NOW) == 1
    assert "0 of 6 parts are set." in seen[0]
    assert '<progress max="6" value="6"' in seen[-1]
