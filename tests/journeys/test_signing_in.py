"""Someone signs up by a code, adds a passkey, and from then on signs in with it; without JavaScript a code does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from people import letter_links
from people.models import User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_code_first_then_a_passkey(page, code_sent, with_passkeys, violations):
    with_passkeys(page)
    page.goto("/accounts/signup/?next=/my/settings/")
    page.get_by_label("E-mail address").fill("maya@example.org")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_sent("maya@example.org"))
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url("/my/settings/")
    page.get_by_label("Your name").fill("Maya")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Your name")).to_have_value("Maya")

    page.get_by_role("link", name="Signing in safely").click()
    page.get_by_role("link", name="Add a passkey").click()
    assert violations(page) == []
    page.get_by_label("What you call it").fill("My phone")
    page.get_by_role("button", name="Add this device or key").click()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert violations(page) == []

    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/?next=/my/settings/")
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/my/settings/")
    assert User.objects.get().name == "Maya"


def test_a_passkey_that_is_not_there_is_told_in_words(page):
    page.goto("/accounts/login/")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": False}})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()


def test_at_a_bare_address_the_passkey_button_gives_way(page, live_server):
    page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/accounts/login/")
    expect(page.get_by_text("Passkeys need a host with a name")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_without_javascript_a_code_lets_one_in(new_page, code_sent, locale):
    factories.make_user("sam@example.org")
    page = new_page(width=320, java_script_enabled=False, locale=locale)
    page.goto("/accounts/login/?next=/my/settings/")
    page.locator("#id_email").fill("sam@example.org")
    page.locator("form[action*='/login/code/'] button").click()
    page.locator("#id_code").fill(code_sent("sam@example.org"))
    page.locator("form[action*='confirm'] button").first.click()
    expect(page).to_have_url("/my/settings/")
    assert page.locator("html").get_attribute("dir") == ("rtl" if locale == "ar" else "ltr")


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(320, "light", "en"), (1280, "dark", "en"), (320, "dark", "ar")]
)
def test_everyone_can_use_the_pages_of_their_account(new_page, code_sent, violations, width, scheme, locale):
    """axe finds nothing, and nothing sticks out sideways."""
    factories.make_user("sam@example.org")
    page = new_page(width=width, color_scheme=scheme, locale=locale)
    found = {}

    def press(selector: str) -> None:
        with page.expect_navigation():  # until the next page is there as a whole
            page.locator(selector).first.click()

    def look(path: str) -> None:
        if path:
            page.goto(path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wrong := violations(page) + ([f"sticks out by {wider}"] if wider > 0 else []):
            found[page.url.partition("/accounts")[2] or page.url] = wrong

    look("/accounts/login/")
    look("/accounts/signup/")
    look("/accounts/password/reset/")
    page.goto("/accounts/login/code/?next=/my/settings/")
    page.locator("#id_email").fill("not an address")
    press("form[action*='/login/code/'] button")
    look("")
    page.locator("#id_email").fill("sam@example.org")
    press("form[action*='/login/code/'] button")
    look("")
    page.locator("#id_code").fill(code_sent("sam@example.org"))
    press("form[action*='confirm'] button")
    expect(page).to_have_url("/my/settings/")
    look("")
    for path in ("email/", "password/set/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "logout/"):
        look(f"/accounts/{path}")
    look(letter_links.stop_url("day_before", "sam@example.org"))
    look("/mail/")
    assert found == {}
