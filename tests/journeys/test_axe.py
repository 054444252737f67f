"""Nobody is shut out: axe finds nothing on any page, light and dark, on a phone and a desk, in English and Arabic.

Each page is opened once in each language and looked at in every width and colour scheme.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from tests.furnished import Furnished, furnish

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "axe.min.js").read_text()
RUN = "options => axe.run(document, options).then(found => JSON.stringify(found.violations))"
ALL_RULES = {"resultTypes": ["violations"]}
COLOURS = ALL_RULES | {"runOnly": ["color-contrast", "link-in-text-block"]}  # a scheme changes colours, nothing else
ROLES = ("nobody", "sam", "oz", "fern")
SCREENS = tuple(product((320, 1280), ("light", "dark")))
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
Visit = tuple[str, Callable[[Page], None] | None]


@pytest.fixture
def furnished(cast, clock, olga, settings, live_server) -> Furnished:
    settings.SITE_URL = live_server.url
    return furnish(cast, clock)


@pytest.fixture
def visits(cast, furnished) -> dict[str, list[Visit]]:
    """Every page, and what pages become when something is wrong with what was typed, or something was tapped."""
    farm = f"/f/{cast.farm.slug}/"
    pages: dict[str, list[Visit]] = {role: [(path, None) for path in paths] for role, paths in furnished.paths.items()}
    link = next(path for path in furnished.paths["nobody"] if path.startswith("/c/"))
    pages["nobody"] += [
        (f"{farm}join/", press("#main form .btn.wide")),
        (link, press("#households button.who")),
        ("/not/there/", None),
    ]
    pages["sam"] += [("/my/week/2027-07-27/", press("button[value=move]"))]
    pages["oz"] += [("/farms/new/", press("#main .btn"))]
    desk = f"{farm}desk/"
    pages["fern"] += [
        (f"{desk}harvest/2027-06-22/paste/", paste_nonsense),
        (f"{desk}seasons/new/", empty_and_press),
        (f"{desk}seasons/{furnished.draft.pk}/what/", press_empty_type),
    ]
    return pages


def press(selector: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return act


def paste_nonsense(page: Page) -> None:
    page.locator("textarea").fill("carrots 10 kg\nMoon many kg")
    press("#main form .btn")(page)


def empty_and_press(page: Page) -> None:
    page.locator("input[name=name]").fill("")
    press("#main form .btn")(page)


def press_empty_type(page: Page) -> None:
    page.locator("input[name$=places]").first.fill("-1")
    press("#main form .btn")(page)


@pytest.fixture(params=["en", "ar"])
def language(request) -> str:
    return request.param


@pytest.fixture
def contexts(language, browser: Browser, cast, live_server) -> Iterator[dict[str, BrowserContext]]:
    """A browser for everybody, in a language."""
    opened = {}
    for role in ROLES:
        context = browser.new_context(base_url=live_server.url, locale=language, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        if role != "nobody":
            client = Client()
            client.force_login(getattr(cast, role), backend="allauth.account.auth_backends.AuthenticationBackend")
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        opened[role] = context
    yield opened
    for context in opened.values():
        context.close()


@pytest.mark.timeout(600)
def test_axe_finds_nothing_on_any_page(contexts, visits, language):
    wrong: dict[str, list[str]] = {}
    looked = 0
    for role, pages in visits.items():
        page = contexts[role].new_page()
        for path, act in pages:
            page.goto(path)
            if act:
                act(page)
            assert page.locator("html").get_attribute("lang") == language, path
            page.evaluate(AXE)
            for fault, where in look(page):
                wrong.setdefault(f"{role} {short(path)}{' pressed' if act else ''}: {fault}", []).append(where)
            looked += 1
    assert looked > 60
    assert not wrong, "\n" + "\n".join(f"{fault}  [{' '.join(where)}]" for fault, where in wrong.items())


def look(page: Page) -> Iterator[tuple[str, str]]:
    """What is wrong with this page, and on which screen."""
    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        for violation in json.loads(page.evaluate(RUN, ALL_RULES if scheme == "light" else COLOURS)):
            for node in violation["nodes"]:
                yield f"{violation['id']}: {node['html'][:160]}", f"{width}/{scheme}"
        wider: Any = page.evaluate(WIDER)
        if wider > 0:
            yield "it sticks out sideways", f"{width}/{scheme} by {wider} px"


def short(path: str) -> str:
    """Without tokens, which are long and say nothing."""
    return re.sub(r"[\w:=-]{22,}", "…", path)
