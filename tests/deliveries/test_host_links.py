"""The volunteers' link: one site, one day, until revoked."""

from __future__ import annotations

from datetime import timedelta

from deliveries.checking_in import host_links
from deliveries.models import HostLink
from tests import factories
from tests.deliveries.checking_in import day_of, link_to
from tests.deliveries.harvesting import make_harvest, publish

NOW = factories.NOW


def test_a_day_has_one_live_link_and_keeps_it(cast):
    day = day_of(cast)
    assert host_links.live_link(day=day, at=NOW) == host_links.live_link(day=day, at=NOW + timedelta(hours=1))
    assert host_links.live_link(day=day_of(cast, 2), at=NOW) != host_links.live_link(day=day, at=NOW)


def test_a_revoked_link_opens_nothing_and_the_next_is_another(cast):
    day = day_of(cast)
    old = host_links.live_link(day=day, at=NOW)
    assert host_links.revoke(day=day, at=NOW) == 1
    assert host_links.revoke(day=day, at=NOW) == 0
    new = host_links.live_link(day=day, at=NOW)
    assert new.token != old.token
    assert host_links.link_for_token(old.token, at=NOW) is None
    assert host_links.link_for_token(new.token, at=NOW) == new


def test_lists_published_again_bring_no_revoked_link_back(cast):
    harvest = make_harvest(cast, {"Carrots": "4 kg"})
    factories.make_share(cast.sams, cast.full, site=cast.market)
    publish(harvest)
    old = HostLink.objects.get(day=day_of(cast))
    host_links.revoke(day=day_of(cast), at=NOW)
    publish(harvest)
    assert [link.revoked_at for link in HostLink.objects.filter(day=day_of(cast))] == [NOW]
    assert host_links.link_unless_revoked(day=day_of(cast), at=NOW) is None
    new = host_links.live_link(day=day_of(cast), at=NOW)
    assert host_links.link_unless_revoked(day=day_of(cast), at=NOW) == new != old


def test_a_new_link_stands_behind_the_same_pin(cast, client):
    day = day_of(cast)
    host_links.live_link(day=day, at=NOW)
    host_links.set_pin(day=day, pin="4711")
    host_links.revoke(day=day, at=NOW)
    new = host_links.live_link(day=day, at=NOW)
    assert host_links.is_pin(link=new, typed="4711", at=NOW)
    assert client.get(f"/c/{new.token}/").status_code == 403


def test_who_knows_the_pin_wipes_out_the_wrong_tries_before(cast):
    link = link_to(day_of(cast))
    host_links.set_pin(day=link.day, pin="4711")
    link.refresh_from_db()
    tries = ["1", "2", "3", "4", "4711"] * 2
    assert [host_links.is_pin(link=link, typed=typed, at=NOW) for typed in tries] == [*[False] * 4, True] * 2


def test_a_link_shows_no_names_for_ever(cast, client, clock):
    day = day_of(cast)
    link = link_to(day)
    clock(day.ends_at + timedelta(days=13))
    assert client.get(f"/c/{link.token}/").status_code == 200
    clock(day.ends_at + timedelta(days=15))
    assert client.get(f"/c/{link.token}/").status_code == 404


def test_its_qr_code_is_drawn_without_inline_style(cast, settings):
    settings.SITE_URL = "https://hissa.example"
    link = link_to(day_of(cast))
    assert host_links.address_of(link) == f"https://hissa.example/c/{link.token}/"
    drawn = host_links.qr_of(link)
    assert drawn.startswith("<svg")
    assert "style=" not in drawn
