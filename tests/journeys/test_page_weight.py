"""A first visit on a slow line: what the browser has to fetch, compressed as production serves it."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page, Response

from tests import factories
from tests.deliveries.checking_in import day_of, drawn_up, households, link_to

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
Weigh = Callable[[Page, str], Counter[str]]


@pytest.fixture
def weigh() -> Weigh:
    """Bytes of a page by kind (document, stylesheet, script, image, font …) for someone who has never been here."""

    def look(page: Page, path: str) -> Counter[str]:
        heard: list[Response] = []
        page.on("response", lambda response: heard.append(response))
        page.goto(path)
        page.wait_for_load_state("networkidle")
        weights: Counter[str] = Counter()
        for response in heard:
            weights[response.request.resource_type] += _compressed(response)
        assert weights["document"] > 0
        return weights

    return look


def _compressed(response: Response) -> int:
    body = response.body()
    kind = response.headers.get("content-type", "")
    return len(gzip.compress(body, 6)) if kind.startswith(TEXT) else len(body)


@pytest.fixture
def furnished(cast) -> None:
    factories.make_share(cast.sams, cast.full)
    households(cast, 60)


def test_the_farm_s_page_is_light(furnished, page, weigh):
    weights = weigh(page, "/f/cedar-bend-farm/")
    told(weights)
    assert weights.total() <= 150_000
    assert weights["script"] <= 35_000
    assert weights["stylesheet"] <= 20_000


def test_the_check_in_page_of_sixty_households_is_light(furnished, cast, clock, page, weigh):
    day = drawn_up(day_of(cast))
    clock(day.starts_at + timedelta(minutes=5))
    weights = weigh(page, f"/c/{link_to(day).token}/")
    told(weights)
    assert len((settings.BASE_DIR / "static" / "check_in.js").read_bytes()) <= 15_000
    assert weights.total() <= 120_000
    assert weights["script"] <= 35_000


def test_the_harvest_page_s_script_is_light_too(furnished, cast, new_page, sign_in, weigh):
    weights = weigh(sign_in(new_page(), cast.fern), "/f/cedar-bend-farm/desk/harvest/2027-06-08/")
    told(weights)
    assert weights["script"] <= 35_000
    assert weights["stylesheet"] <= 20_000


def test_an_arabic_page_brings_its_letters_and_is_light_all_the_same(furnished, new_page, weigh):
    weights = weigh(new_page(width=390, locale="ar"), "/f/cedar-bend-farm/")
    told(weights)
    assert weights.total() <= 150_000


def told(weights: Counter[str]) -> None:
    print({kind: f"{size / 1000:.1f} kB" for kind, size in weights.most_common()})  # noqa: T201
