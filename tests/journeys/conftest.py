"""Journeys: a person's job from beginning to end, in a real browser against the real server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from people import clock, post
from people.models import User
from stripe_sandbox import StripeSandbox
from tests.services.chromium import FLAGS, find_chromium
from tests.services.stripe import SECRET_KEY, start_stripe_sandbox

# Playwright's synchronous API runs an event loop in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PATIENCE = int(os.environ.get("HISSA_PATIENCE", "30000"))  # ms: a busy machine is slow, not broken
KINDLY_REFUSED = re.compile(r"status of (402|409|410|422) ")  # the page says why; the browser's console grumbles too
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys/" in str(item.path):
            item.add_marker(pytest.mark.house)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    assert chromium, "no Chromium: make test installs one, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, live_server: Any, settings: Any) -> Iterator[Callable[..., Page]]:
    """Pages of someone's own browser: `new_page(width=390, locale="ar")`. At the end nothing went wrong in any:
    no script error, no refused style or script, no 500."""
    settings.SITE_URL = live_server.url
    wrong: list[str] = []
    contexts = []

    def hear(page: Page, said: ConsoleMessage) -> None:
        if said.type == "error" and not KINDLY_REFUSED.search(said.text):
            wrong.append(f"{page.url}: {said.text}")

    def open_page(*, width: int = 1280, height: int = 900, **facts: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport={"width": width, "height": height}, **facts)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda said: hear(page, said))
        page.on("response", lambda had: wrong.append(f"{had.url}: {had.status}") if had.status >= 500 else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A phone."""
    return new_page(width=390, height=844)


@pytest.fixture
def code_sent() -> Callable[[str], str]:
    """Let the post go round; the newest code that came to this address."""

    def find(email: str) -> str:
        post.post_due_letters(at=clock.now())
        bodies = [message.body for message in mail.outbox if message.to == [email]]
        return re.findall(r"\b\d{4}-\d{4}\b", bodies[-1])[-1]

    return find


@pytest.fixture
def till(live_server: Any, settings: Any) -> Iterator[StripeSandbox]:
    """A Stripe of our own whose payment page the browser visits, and which tells the farm what was paid."""
    with start_stripe_sandbox(webhook_url=f"{live_server.url}/webhooks/stripe/") as sandbox:
        settings.STRIPE_API_BASE = sandbox.url
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRET = sandbox.webhook_secret
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        may_go = [*policy["form-action"], sandbox.url]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "form-action": may_go}}
        yield sandbox


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Page, User], Page]:
    """Someone who has signed in before: this browser holds their session."""

    def give(page: Page, user: User) -> Page:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return page

    return give


@pytest.fixture
def with_passkeys() -> Callable[[Page], None]:
    """Give this page's browser a device that keeps passkeys and always says yes."""

    def give(page: Page) -> None:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
        options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    return give


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """What axe finds wrong on a page: "rule: first element"."""
    axe = (Path(__file__).parent / "axe.min.js").read_text()

    def look(page: Page) -> list[str]:
        page.evaluate(axe)
        found = json.loads(page.evaluate("axe.run().then(r => JSON.stringify(r.violations))"))
        return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]

    return look
