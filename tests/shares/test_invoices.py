"""Invoices and credit notes: numbered without a gap, frozen as issued, tied to what was sold, in every language."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from farms.models import Farm
from people.models import User
from shares.books import invoices, ledger
from shares.books.invoice_print import print_document
from shares.buying import purchases
from shares.models import Account, Document, LedgerEntry, Order, Series, ShareType
from shares.money import refunds, settling
from shares.prices.quotes import Line
from tests.factories import NOW, make_household, make_user
from tests.shares.test_purchase_races import all_at_once

PAGE = "/f/cedar-bend-farm/desk/money/invoices/"


def buy(cast, *lines, household=None, at=NOW, donation=0, paid=True):
    order = purchases.start_purchase(
        household=household or cast.sams, season=cast.season, lines=lines or [Line(cast.full, cast.market)],
        method="offline", token=uuid.uuid4(), language="en", by=None, at=at, donation=donation,
    )  # fmt: skip
    if paid:
        settling.record_by_hand(
            order=order, method="cash", amount=ledger.owed(order), note="", token=uuid.uuid4(), by=None, at=at
        )
    return Order.objects.get(pk=order.pk)


def taxed(cast, **rates):
    for name, rate in rates.items():
        ShareType.objects.filter(pk=getattr(cast, name).pk).update(vat_rate=rate)
        getattr(cast, name).refresh_from_db()


def words_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@given(gross=st.integers(0, 10**10), rate=st.integers(0, 10_000))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_net_and_vat_sum_to_the_gross_and_the_vat_is_right_to_half_a_unit(gross, rate):
    (row,) = invoices.vat_table({rate: gross})
    assert row["net"] + row["vat"] == gross
    assert abs(row["vat"] * (10_000 + rate) - gross * rate) * 2 <= 10_000 + rate


def test_an_order_has_its_invoice_when_it_is_paid_and_not_before(cast):
    order = buy(cast, paid=False)
    assert Document.objects.count() == 0
    settling.record_by_hand(order=order, method="bank", amount=65000, note="", token=uuid.uuid4(), by=None, at=NOW)
    document = Document.objects.get()
    assert (document.name, document.kind, document.total, document.order_id) == (
        "2027-0001",
        "invoice",
        65000,
        order.pk,
    )
    assert invoices.issue_invoice(order, at=NOW) is None


def test_each_rate_has_its_own_sum(cast):
    taxed(cast, full=550, eggs=2000)
    wishes = [Line(cast.full, cast.market, quantity=2), Line(cast.eggs, cast.market, "A"), Line(cast.half, cast.market)]
    buy(cast, *wishes, donation=1000)
    document = Document.objects.get()
    assert document.facts["vat"] == [
        {"rate": 2000, "gross": 7500, "net": 6250, "vat": 1250},
        {"rate": 550, "gross": 130000, "net": 123223, "vat": 6777},
        {"rate": 0, "gross": 38500, "net": 38500, "vat": 0},
    ]
    assert document.total == sum(row["gross"] for row in document.facts["vat"]) == 176000


def test_a_chosen_price_is_what_is_invoiced(cast):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=40000, highest=90000)
    cast.full.refresh_from_db()
    buy(cast, Line(cast.full, cast.market, chosen=80000))
    assert Document.objects.get().total == 80000


def test_what_is_let_off_and_given_back_gets_a_credit_note(cast):
    taxed(cast, full=550, eggs=2000)
    order = buy(cast, Line(cast.full, cast.market), Line(cast.eggs, cast.market, "A"))
    payment = order.payments.get()
    for _again in range(2):
        refunds.ask(payment=payment, amount=10001, reason="farmer", way="cash", because="Hail.", at=NOW)
    first, second, invoice = Document.objects.all()[1], Document.objects.all()[0], Document.objects.last()
    assert [(one.name, one.kind, one.total) for one in (invoice, first, second)] == [
        ("2027-0001", "invoice", 72500),
        ("2027-0002", "credit", 10001),
        ("2027-0003", "credit", 10001),
    ]
    assert (first.facts["of"], first.facts["because"]) == ("2027-0001", "Hail.")
    assert [(row["rate"], row["gross"]) for row in first.facts["vat"]] == [(2000, 1035), (550, 8966)]
    assert [row["gross"] for row in invoices.vat_of([invoice, first, second])] == [7500 - 2070, 65000 - 17932]


def test_money_paid_twice_goes_back_without_a_credit_note(cast):
    order = buy(cast)
    again = settling.record_by_hand(
        order=order, method="cash", amount=65000, note="", token=uuid.uuid4(), by=None, at=NOW
    )
    refunds.ask(payment=again, amount=65000, reason="twice", way="cash", at=NOW)
    assert Document.objects.get().kind == "invoice"


def test_what_was_issued_never_changes_afterwards(cast):
    buy(cast)
    before = print_document(Document.objects.get())
    taxed(cast, full=2000)
    ShareType.objects.filter(pk=cast.full.pk).update(name="Other share")
    Farm.objects.filter(pk=cast.farm.pk).update(name="Other name", address="Elsewhere", tax_number="9")
    cast.sams.name = "Another household"
    cast.sams.save()
    assert print_document(Document.objects.get()) == before


def test_numbers_begin_anew_each_year_at_the_farm_s_clock(cast):
    season_over = datetime(2027, 12, 31, 23, 30, tzinfo=UTC)  # 2028 in Paris
    order = buy(cast, paid=False)
    with transaction.atomic():
        assert [invoices.next_number(cast.farm, 2027) for _n in range(2)] == [1, 2]
    settling.record_by_hand(
        order=order, method="cash", amount=65000, note="", token=uuid.uuid4(), by=None, at=season_over
    )
    assert Document.objects.get().name == "2028-0001"


def test_what_is_rolled_back_gives_its_number_back(cast):
    with transaction.atomic():
        assert invoices.next_number(cast.farm, 2027) == 1
        transaction.set_rollback(True)
    with transaction.atomic():
        assert invoices.next_number(cast.farm, 2027) == 1


RUSH = 20


def settle_all_at_once(cast):
    orders = [buy(cast, household=make_household(cast.farm), paid=False) for _n in range(RUSH)]

    def pay(n):
        return settling.record_by_hand(
            order=orders[n], method="cash", amount=65000, note="", token=uuid.uuid4(), by=None, at=NOW
        )

    results = all_at_once(pay, RUSH)
    numbers = sorted(Document.objects.values_list("number", flat=True))
    return [result for result in results if isinstance(result, Exception)], numbers


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_numbered_without_a_gap_and_without_a_double(cast):
    assert settle_all_at_once(cast) == ([], list(range(1, RUSH + 1)))
    assert Series.objects.get().last == RUSH


@pytest.mark.django_db(transaction=True)
def test_looking_for_the_last_number_first_gives_one_number_to_all(cast, monkeypatch):
    """The twin: everybody has looked, then everybody takes the next. Only the UNIQUE behind it refuses the doubles."""
    last_seen = Document.objects.count()
    monkeypatch.setattr(invoices, "next_number", lambda farm, year: last_seen + 1)
    refused, numbers = settle_all_at_once(cast)
    assert ({type(one) for one in refused}, len(refused), numbers) == ({IntegrityError}, RUSH - 1, [1])


def test_the_pdf_says_what_was_bought_from_whom_and_how_it_was_paid(cast):
    taxed(cast, full=550)
    facts = {"legal_name": "Cedar Bend GAEC", "address": "1 Mill Road", "tax_number": "FR 12345", "tax_note": "Thanks."}
    Farm.objects.filter(pk=cast.farm.pk).update(**facts)
    cast.sams.farm.refresh_from_db()
    buy(cast, household=cast.sams)
    text = words_of(print_document(Document.objects.get())).translate(dict.fromkeys(map(ord, "\u2066\u2068\u2069")))
    for words in (
        "Cedar Bend GAEC", "1 Mill Road", "Mill Village", "FR 12345", "Invoice", "2027-0001", "Castillo–Reyes",
        "Full share", "Tuesday Market", "25 pickups", "€650.00", "5.5%", "€616.11", "€33.89", "Thanks.",
        "Received on Tuesday 1 June 2027: €650.00, Cash.", "Page 1 of 1",
    ):  # fmt: skip
        assert words in text, words


def test_the_pdf_is_in_the_household_s_language(cast):
    User.objects.filter(pk=cast.sam.pk).update(language="ar")
    buy(cast)
    document = Document.objects.get()
    assert document.language == "ar"
    assert print_document(document).startswith(b"%PDF-")


def test_what_people_typed_never_becomes_markup(cast):
    cast.sams.name = "#text(red)[*Null*] \u202e{{7*7}} <img> %s 李小龍 محمد"
    cast.sams.save()
    buy(cast)
    assert "#text(red)[*Null*]" in words_of(print_document(Document.objects.get())).replace("\n", "")


def test_a_household_finds_its_invoice_and_nobody_else_s(cast, as_sam, as_fern, as_oz, as_olga):
    document = invoices_of(cast)
    url = f"/f/{cast.farm.slug}/invoices/{document.year}-{document.number}.pdf"
    assert url in as_sam.get("/my/money/").content.decode()
    assert [client.get(url).status_code for client in (as_sam, as_fern, as_oz, as_olga)] == [200, 200, 404, 404]
    answer = as_sam.get(url)
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/pdf", True)
    other = f"/f/{cast.farm.slug}/invoices/{document.year}-{document.number + 1}.pdf"
    assert [as_sam.get(other).status_code, as_sam.get(other.replace("2027", "99999999999999999999")).status_code] == [
        404,
        404,
    ]


def invoices_of(cast):
    buy(cast)
    return Document.objects.get()


def test_what_a_household_keeps_to_itself_the_farm_reads_in_no_invoice(cast, as_sam, as_fern):
    ShareType.objects.filter(pk=cast.full.pk).update(lowest=40000, highest=90000)
    document = invoices_of(cast)
    url = f"/f/{cast.farm.slug}/invoices/{document.year}-{document.number}.pdf"
    page = as_fern.get(PAGE).content.decode()
    assert ("kept private" in page, url in page, as_fern.get(url).status_code) == (True, False, 404)
    assert as_sam.get(url).status_code == 200


def test_the_farmer_sets_what_vat_is_in_each_price(cast, as_fern):
    fields = {f"rate_{kind.pk}": "" for kind in (cast.full, cast.half, cast.eggs)}
    answer = as_fern.post(PAGE, {**fields, f"rate_{cast.full.pk}": "5,5", f"rate_{cast.eggs.pk}": "20"})
    assert answer.status_code == 302
    rates = ShareType.objects.filter(season=cast.season).values_list("name", "vat_rate").order_by("pk")
    assert list(rates) == [("Full share", 550), ("Half share", 0), ("Eggs", 2000)]


@pytest.mark.parametrize("typed", ["-1", "101", "1e5", "NaN", "5.555", "abc"])
def test_a_rate_that_is_none_is_refused_beside_its_field(cast, as_fern, typed):
    answer = as_fern.post(PAGE, {f"rate_{cast.full.pk}": typed})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [f"rate_{cast.full.pk}"]
    assert typed in answer.content.decode()
    assert ShareType.objects.get(pk=cast.full.pk).vat_rate == 0


def test_the_farm_says_what_stands_on_its_invoices(cast, as_fern):
    page = as_fern.get("/f/cedar-bend-farm/desk/settings/")
    facts = {name: value for name, value in page.context["facts"].initial.items() if value is not None}
    facts |= {"act": "facts", "legal_name": "Cedar Bend GAEC", "tax_number": "FR 12345", "tax_note": "No VAT."}
    assert as_fern.post("/f/cedar-bend-farm/desk/settings/", facts).status_code == 302
    farm = Farm.objects.get(pk=cast.farm.pk)
    assert (farm.legal_name, farm.tax_number, farm.tax_note) == ("Cedar Bend GAEC", "FR 12345", "No VAT.")


def test_the_list_of_invoices_shows_a_year_and_its_vat(cast, as_fern):
    taxed(cast, full=550)
    order = buy(cast)
    buy(cast, household=make_household(cast.farm, user=make_user()), at=NOW + timedelta(hours=1))
    refunds.ask(payment=order.payments.get(), amount=5000, reason="farmer", way="cash", at=NOW)
    page = as_fern.get(PAGE)
    assert [document.name for document in page.context["page"]] == ["2027-0003", "2027-0002", "2027-0001"]
    assert page.context["vat"] == [
        {"rate": 550, "gross": 125000, "net": 118483, "vat": 6517, "percent": "5.5%"},
    ]
    assert as_fern.get(f"{PAGE}?year=2026").context["page"].paginator.count == 0
    assert as_fern.get(f"{PAGE}?year=%E2%91%A1").status_code == 200


def test_the_journal_s_sale_is_what_the_invoice_says(cast):
    document = invoices_of(cast)
    owed = LedgerEntry.objects.get(posting__key=f"sale:{document.order_id}", account=Account.OWED)
    assert document.total == owed.amount == invoices.sold(document.order)
