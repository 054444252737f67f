"""The till's pages: card form, 3-D Secure, done, expired. Plain HTML, no script, strict CSP.

Real Checkout is at checkout.stripe.com and looks otherwise; what matters is the same: where the buyer is sent
afterwards, what a refused card does, and that paying twice is not possible. English only, like Stripe's test
helpers (Checkout itself has no Arabic: https://docs.stripe.com/js/appendix/supported_locales).
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from . import accounts, cards, checkout, debits
from .checkout import EMAIL
from .money import shown
from .store import Json
from .world import Request, World, current_request, new_id

STYLE = (Path(__file__).parent / "checkout.css").read_text()
LONGEST_NAME = 150
FIELDS = ("email", "name", "number", "expiry", "cvc", "iban")
SHOWN_CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0025 0000 3155", "asks your bank first (3-D Secure)"),
    ("4000 0000 0000 3220", "asks your bank first (3-D Secure 2)"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has no money left"),
)


@dataclass(frozen=True)
class Page:
    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def serve(world: World, method: str, path: str, query: str, body: str, base_url: str) -> Page:
    """The page at this address; POSTs to the till and to the bank change things, nothing else does."""
    token = current_request.set(Request(new_id("req_", 14), None, base_url))
    try:
        with world.store.transaction():
            if match := re.fullmatch(r"/c/pay/(cs_test_[A-Za-z0-9]{1,200})", path):
                with world.store.as_owner_of(match[1]):
                    return _till(world, method, match[1], body)
            if match := re.fullmatch(r"/3d_secure/(pi_[A-Za-z0-9_]{1,200})", path):
                with world.store.as_owner_of(match[1]):
                    return _bank(world, method, match[1], body)
            if match := re.fullmatch(r"/setup/s/acct_[A-Za-z0-9]{1,60}/(link_[A-Za-z0-9]{1,60})", path):
                return _onboarding(world, method, match[1], body)
    finally:
        current_request.reset(token)
    return _notice(404, "There is nothing here", "This is a payment sandbox. Its pages are reached from a checkout.")


def _typed(body: str, names: tuple[str, ...]) -> dict[str, str]:
    try:
        given = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=50))
    except ValueError:
        given = {}
    return {name: given.get(name, "").replace("\x00", "").strip()[:300] for name in names}


# --- the till ------------------------------------------------------------------------------------------------


def _till(world: World, method: str, id: str, body: str) -> Page:
    if world.store.get(id, "checkout.session") is None:
        return _notice(404, "This payment page does not exist", "Check that the whole address was copied.")
    session = checkout.found(world, id)
    if session["status"] == "expired":
        return _over(session)
    if session["status"] == "complete":
        return _see_other(checkout.success_address(session)) if method == "POST" else _done(session)
    if method == "GET":
        return _form(session, {"email": _known_email(world, session)}, {}, alert="")
    return _pressed_pay(world, session, _typed(body, FIELDS))


def _pressed_pay(world: World, session: Json, typed: dict[str, str]) -> Page:
    typed["email"] = _known_email(world, session) or typed["email"]
    if typed["iban"]:
        return _pressed_debit(world, session, typed)
    wrong = _wrong(world, session, typed)
    if wrong:
        return _form(session, typed, wrong, alert="Please check the fields marked below.", status=422)
    if session["amount_total"] == 0:
        checkout.complete(world, session, payment_status="no_payment_required")
        return _see_other(checkout.success_address(session))
    card = cards.card_of(cards.digits(typed["number"]))
    if session["mode"] == "setup":
        setup = checkout.give_card(world, session, card, name=typed["name"], email=typed["email"])
        if setup["status"] == "succeeded":
            return _see_other(checkout.success_address(session))
        return _form(session, typed, {}, alert=setup["last_setup_error"]["message"], status=402)
    intent = checkout.pay(world, session, card, name=typed["name"], email=typed["email"])
    if intent["status"] == "succeeded":
        return _see_other(checkout.success_address(session))
    if intent["status"] == "requires_action":
        return _see_other(f"/3d_secure/{intent['id']}")
    return _form(session, typed, {}, alert=intent["last_payment_error"]["message"], status=402)


def _known_email(world: World, session: Json) -> str:
    """Where the shop named its customer, the page does not ask again."""
    customer = world.store.get(session["customer"] or "", "customer") or {}
    return str(session["customer_email"] or customer.get("email") or "")


def _pressed_debit(world: World, session: Json, typed: dict[str, str]) -> Page:
    """SEPA Direct Debit: a mandate for the account, and the money in some days."""
    debit = debits.debit_of(typed["iban"])
    if debit is None or session["mode"] != "payment":
        return _form(session, typed, {"iban": "Enter one of the test accounts."}, alert="Please check.", status=422)
    debits.pay(world, session, debit, name=typed["name"] or "Account holder", email=typed["email"])
    return _see_other(checkout.success_address(session))


def _wrong(world: World, session: Json, typed: dict[str, str]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not EMAIL.fullmatch(typed["email"]):
        wrong["email"] = "Enter an e-mail address like name@example.com."
    if session["amount_total"] == 0:
        return wrong
    today = datetime.datetime.fromtimestamp(world.now(), datetime.UTC).date()
    wrong |= cards.faults_of(typed["number"], typed["expiry"], typed["cvc"], today=today)
    if not typed["name"] or len(typed["name"]) > LONGEST_NAME:
        wrong["name"] = "Enter the name on the card."
    return wrong


def _see_other(address: str) -> Page:
    return Page(303, headers={"Location": address} | _safety())


def _form(session: Json, typed: dict[str, str], wrong: dict[str, str], *, alert: str, status: int = 200) -> Page:
    setup = session["mode"] == "setup"
    total = "" if setup else shown(session["amount_total"], session["currency"])
    free = session["amount_total"] == 0
    go = "Save card" if setup else "Complete order" if free else f'Pay <bdi dir="ltr">{total}</bdi>'
    card_fields = "" if free else (
        _field("number", "Card number", typed, wrong, numeric=True, hint="1234 1234 1234 1234")
        + '<div class="pair">'
        + _field("expiry", "Expiry", typed, wrong, numeric=True, hint="MM / YY")
        + _field("cvc", "Security code", typed, wrong, numeric=True, hint="CVC")
        + "</div>"
        + _field("name", "Name on card", typed, wrong)
    )  # fmt: skip
    main = f"""
    <section class="order" aria-labelledby="order">{_summary(session, total)}</section>
    <section class="card" aria-labelledby="pay">
      <h2 id="pay">{"Confirm" if free else "Save a card for later" if setup else "Pay by card"}</h2>
      {f'<p class="alert" role="alert">{escape(alert)}</p>' if alert else ""}
      <form method="post" action="/c/pay/{session["id"]}" novalidate>
        {_email(session, typed, wrong)}{card_fields}
        <button type="submit">{go}</button>
      </form>
      {"" if free or setup else _debit_form(session, typed, wrong)}
      {"" if free else _test_cards()}
    </section>"""
    title = f"{'Save a card for' if setup else 'Pay'} {_merchant(session)}"
    return _page(title, main, status=status, to=session["success_url"])


def _merchant(session: Json) -> str:
    branding = session.get("branding_settings") or {}
    return branding.get("display_name") or urlsplit(session["success_url"]).netloc


def _summary(session: Json, total: str) -> str:
    rows = "".join(
        f"<li><span><bdi>{escape(line['description'])}</bdi>"
        + (f" <small>× {line['quantity']}</small>" if line["quantity"] > 1 else "")
        + f'</span><bdi dir="ltr">{shown(line["amount_total"], line["currency"])}</bdi></li>'
        for line in session["_lines"]
    )
    back = session["cancel_url"]
    what = "Save a card for" if session["mode"] == "setup" else "Pay"
    return f"""
      {f'<p><a class="back" href="{escape(back)}">← Back without paying</a></p>' if back else ""}
      <h1 id="order">{what} <bdi>{escape(_merchant(session))}</bdi></h1>
      <p class="total"><bdi dir="ltr">{total}</bdi></p>
      <ul class="lines">{rows}</ul>"""


def _debit_form(session: Json, typed: dict[str, str], wrong: dict[str, str]) -> str:
    """The other way that Stripe's page offers where the farm allows it (it decides by country and currency)."""
    if session["currency"] != "eur":
        return ""
    return f"""
      <details class="cards"{" open" if wrong.get("iban") else ""}>
        <summary>Pay by SEPA Direct Debit</summary>
        <form method="post" action="/c/pay/{session["id"]}" novalidate>
          {_field("iban", "IBAN", typed, wrong, hint="AT61 1904 3002 3457 3201")}
          <button type="submit" class="quiet">Give the mandate</button>
        </form>
        <p>AT61 1904 3002 3457 3201 pays after some minutes; AT86 1904 3002 3547 3202 fails.</p>
      </details>"""


def _email(session: Json, typed: dict[str, str], wrong: dict[str, str]) -> str:
    if session["customer_email"]:
        return f'<p class="fixed"><span>E-mail</span> <bdi dir="ltr">{escape(session["customer_email"])}</bdi></p>'
    return _field("email", "E-mail", typed, wrong, kind="email")


def _field(
    name: str,
    label: str,
    typed: dict[str, str],
    wrong: dict[str, str],
    *,
    kind: str = "text",
    numeric: bool = False,
    hint: str = "",
) -> str:
    # autocomplete off: no browser should offer a real card to a sandbox.
    said = wrong.get(name)
    extra = f' placeholder="{hint}"' if hint else ""
    extra += ' inputmode="numeric" dir="ltr"' if numeric else ' dir="auto"'
    if said:
        extra += f' aria-invalid="true" aria-describedby="{name}-wrong"'
    return f"""
        <div class="field">
          <label for="{name}">{label}</label>
          <input id="{name}" name="{name}" type="{kind}" value="{escape(typed.get(name, ""))}" autocomplete="off"
            required{extra}>
          {f'<p class="wrong" id="{name}-wrong">{escape(said)}</p>' if said else ""}
        </div>"""


def _test_cards() -> str:
    rows = "".join(f'<tr><td><bdi dir="ltr">{number}</bdi></td><td>{what}</td></tr>' for number, what in SHOWN_CARDS)
    return f"""
      <details class="cards">
        <summary>Test cards</summary>
        <p>Any future expiry date and any three digits.</p>
        <table>
          <thead><tr><th scope="col">Number</th><th scope="col">The card …</th></tr></thead>
          <tbody>{rows}</tbody>
        </table>
      </details>"""


def _onboarding(world: World, method: str, id: str, body: str) -> Page:
    """Stripe's own form, in which a farm says who it is and where its money goes. The link opens it once."""
    link = world.store.get(id, "account_link")
    if link is None:
        return _notice(404, "There is nothing here", "This link does not exist.")
    if link["_used"] or link["expires_at"] <= world.now():
        return _see_other(link["_refresh"])
    if method == "GET":
        main = f"""
    <section class="bank" aria-labelledby="farm">
      <p class="kicker">Stripe · test account</p>
      <h1 id="farm">Tell us about your business</h1>
      <p>Account <bdi dir="ltr">{link["_account"]}</bdi>. Nothing is asked here: choose how far you came.</p>
      <form method="post" action="{escape(urlsplit(link["url"]).path)}">
        <button name="answer" value="finish">Submit</button>
        <button name="answer" value="later" class="quiet">Save for later</button>
      </form>
    </section>"""
        return _page("Your business", main, status=200, to=link["_return"])
    finished = _typed(body, ("answer",))["answer"] == "finish"
    accounts.onboard(world, accounts.retrieve(world, {}, link["_account"]), finished=finished)
    world.store.put(link | {"_used": True})
    return _see_other(link["_return"])


def _done(session: Json) -> Page:
    where = escape(checkout.success_address(session))
    return _notice(
        200, "This is paid", "You're all done here: the payment went through once, and only once.",
        more=f'<p><a class="button" href="{where}">Continue</a></p>',
    )  # fmt: skip


def _over(session: Json) -> Page:
    back = session["cancel_url"]
    more = f'<p><a class="button" href="{escape(back)}">Go back</a></p>' if back else ""
    return _notice(410, "This payment page has expired", "Nothing was charged. Go back and start again.", more=more)


# --- the buyer's bank ----------------------------------------------------------------------------------------


def _bank(world: World, method: str, id: str, body: str) -> Page:
    intent = world.store.get(id, "payment_intent")
    session = checkout.of_intent(world, id) if intent else None
    intent = world.store.get(id, "payment_intent")
    if intent is None or session is None:
        return _notice(404, "There is nothing to confirm", "Go back and start again.")
    if intent["status"] != "requires_action":
        return _see_other(f"/c/pay/{session['id']}")
    if method == "GET":
        return _challenge(session, intent)
    answer = _typed(body, ("answer",))["answer"]
    if answer not in ("complete", "fail"):
        return _challenge(session, intent, status=422)
    intent = checkout.finish_challenge(world, intent, passed=answer == "complete")
    if intent["status"] == "succeeded":
        return _see_other(checkout.success_address(session))
    typed = {"email": (session["customer_details"] or {}).get("email") or ""}
    return _form(session, typed, {}, alert=intent["last_payment_error"]["message"], status=402)


def _challenge(session: Json, intent: Json, status: int = 200) -> Page:
    total = shown(intent["amount"], intent["currency"])
    main = f"""
    <section class="bank" aria-labelledby="bank">
      <p class="kicker">3-D Secure · test bank</p>
      <h1 id="bank">Is it you?</h1>
      <p>Your bank asks before it pays <strong><bdi dir="ltr">{total}</bdi></strong> to
        <strong><bdi>{escape(_merchant(session))}</bdi></strong>
        with the card ending in <bdi dir="ltr">{escape(intent["_card"]["last4"])}</bdi>.</p>
      <form method="post" action="/3d_secure/{intent["id"]}">
        <button name="answer" value="complete">Complete</button>
        <button name="answer" value="fail" class="quiet">Fail</button>
      </form>
    </section>"""
    return _page("Your bank asks", main, status=status, to=session["success_url"])


# --- the frame -----------------------------------------------------------------------------------------------


def _notice(status: int, title: str, words: str, *, more: str = "") -> Page:
    main = f'<section class="bank"><h1>{escape(title)}</h1><p>{escape(words)}</p>{more}</section>'
    return _page(title, main, status=status)


def _page(title: str, main: str, *, status: int, to: str = "") -> Page:
    html = f"""<!doctype html>
<html lang="en" dir="ltr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>{escape(title)} · payment sandbox</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/_sandbox/checkout.css">
</head>
<body>
  <header><p class="test"><strong>Test mode</strong> — no money moves. Never enter a real card.</p></header>
  <main>{main}</main>
</body>
</html>
"""
    return Page(status, html, {"Content-Type": "text/html; charset=utf-8"} | _safety(to))


def _safety(to: str = "") -> dict[str, str]:
    """Browsers hold the redirect after a form against `form-action` too: the shop's own address is in it."""
    parts = urlsplit(to)
    shop = f" {parts.scheme}://{parts.netloc}" if re.fullmatch(r"[A-Za-z0-9.:\-\[\]]+", parts.netloc) else ""
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{shop}",
        "Referrer-Policy": "no-referrer",
    }
