"""Bank statements: references, files of many banks, and money that is recorded once."""

from __future__ import annotations

import random
import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shares.books import bank_reference, ledger
from shares.buying.purchases import start_purchase
from shares.models import BankLine, BankStatement, Order, Payment
from shares.prices.quotes import Line
from shares.transfers import bank, statement_camt, statement_csv
from shares.transfers.statement_csv import Money
from tests.factories import NOW, make_household

URL = "/f/cedar-bend-farm/desk/money/bank/"
pytestmark = pytest.mark.django_db


# --- references ----------------------------------------------------------------------------------------------


def test_a_reference_is_an_iso_11649_one_with_right_check_digits():
    reference = bank_reference.of_token(uuid.UUID(int=7))
    assert (reference[:2], len(reference)) == ("RF", 12)
    assert int("".join(str(int(c, 36)) for c in reference[4:] + reference[:4])) % 97 == 1
    assert bank_reference.is_whole(bank_reference.shown(reference).lower())


def test_a_slip_of_the_pen_is_noticed():
    """A letter for a letter or a figure for a figure always; of all slips, swaps too, 99 in 100."""
    dice, slips, unnoticed = random.Random(3), 0, 0
    for _n in range(300):
        right = bank_reference.of_token(uuid.UUID(int=dice.getrandbits(128)))
        for place in range(2, 12):
            alike = "0123456789" if right[place].isdigit() else "ABCDEFGHJKMNPQRSTUVWXYZ"
            other = dice.choice([c for c in alike if c != right[place]])
            assert not bank_reference.is_whole(right[:place] + other + right[place + 1 :])
            any_other = dice.choice([c for c in "0123456789ABCDEFGHJKMNPQRSTUVWXYZ" if c != right[place]])
            wrong = [right[:place] + any_other + right[place + 1 :]]
            if place < 11 and right[place] != right[place + 1]:
                wrong.append(right[:place] + right[place + 1] + right[place] + right[place + 2 :])
            slips += len(wrong)
            unnoticed += sum(bank_reference.is_whole(each) for each in wrong)
    assert unnoticed / slips < 0.01


def test_no_character_is_read_as_another_and_the_next_one_cannot_be_guessed():
    made = [bank_reference.of_token(uuid.UUID(int=n)) for n in range(2000)]
    assert len({one[4:] for one in made}) == 2000
    assert not set("".join(one[4:] for one in made)) & set("01OIL")


@pytest.mark.parametrize(
    "words",
    ["{0}", "Share {0} thanks", "share\n{1}", "{2}", "RF-{1}", "EREF+NOTPROVIDED SVWZ+{0} Summer", "{3}", "{1}."],
)
def test_a_reference_is_found_however_it_was_typed_or_broken(words):
    reference = bank_reference.of_token(uuid.UUID(int=7))
    shapes = (reference, bank_reference.shown(reference), reference.lower(), reference[4:])
    assert bank_reference.found_in(words.format(*shapes), [reference, "RF00ZZZZZZZZ"]) == [reference]
    assert bank_reference.found_in("rent for June", [reference]) == []


# --- files ---------------------------------------------------------------------------------------------------

GERMAN = """\
"Kontoauszug";"DE89 3704 0044 0532 0130 00"
"Zeitraum";"01.06.2027 - 30.06.2027"

"Buchungstag";"Beguenstigter/Zahlungspflichtiger";"Verwendungszweck";"Betrag";"Waehrung"
"02.06.2027";"Maja Müller";"Anteil RFXX";"1.234,56";"EUR"
"03.06.2027";"Strom AG";"Juni";"-80,00";"EUR"
"""
FRENCH = "Date;Libellé;Débit;Crédit\n02/06/2027;VIR DE MAJA RFXX;;1 234,56\n03/06/2027;EDF;80,00;\n"
ENGLISH = 'Date,Description,Amount\n2027-06-02,"Maja, RFXX","1,234.56"\n2027-06-03,Power,-80.00\n'
AMERICAN = "Date\tDescription\tAmount\n06/02/2027\tMaja RFXX\t$1,234.56\n06/23/2027\tPower\t($80.00)\n"
DUTCH = """\
"Datum","Naam / Omschrijving","Bedrag (EUR)","Mededelingen"
"20270602","Maja","1234,56","RFXX"
"20270603","Vitens","-80,00",""
"""


@pytest.mark.parametrize("text", [GERMAN, FRENCH, ENGLISH, AMERICAN, DUTCH])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_statements_of_many_banks_are_read(text, encoding):
    table = statement_csv.table_of(statement_csv.decoded(text.encode(encoding)))
    columns = statement_csv.guess(table.names)
    assert statement_csv.is_enough(columns)
    reading = statement_csv.read(table, columns, currency="EUR")
    assert [(money.day, money.amount) for money in reading.money] == [(date(2027, 6, 2), 123_456)]
    assert "RFXX" in reading.money[0].words
    assert (reading.going_out, reading.unread) == (1, [])


def test_lines_that_cannot_be_read_are_told_one_by_one_and_the_others_count():
    rows = ("02.06.2027;a;12,00", "31.02.2027;b;12,00", "03.06.2027;c;twelve", "04.06.2027;d;", "05.06.2027;e;7,5")
    text = "\n".join(["Date;Description;Amount", *rows])
    table = statement_csv.table_of(text)
    reading = statement_csv.read(table, statement_csv.guess(table.names), currency="EUR")
    assert [money.amount for money in reading.money] == [1200, 750]
    assert reading.unread == [
        (3, "“31.02.2027” is no day."), (4, "“twelve” is no amount."), (5, "There is no amount."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is nothing in this file."),
        (b"   \n ", "There is nothing in this file."),
        (b"one\ntwo\n", "This is not a table with columns."),
        (b"PK\x03\x04\x00\x00rest", "This is not a text file."),
        (b"\xff\xfea", "The file is broken"),
        (b"<html><body>hello</body></html>", "There is no entry in this file."),
        (b"<?xml version='1.0'?><Document><Ntry>", "The file is broken at line 1."),
        (b"<!DOCTYPE d [<!ENTITY a 'aaaa'>]><Document>&a;</Document>", "This file brings a document type of its own"),
        (b"<!DOCTYPE d SYSTEM 'file:///etc/passwd'><d/>", "This file brings a document type of its own"),
        (b"Date;Description;Amount\n" + b"02.06.2027;a;1,00\n" * 20_001, "This file has more than 20,000 lines."),
        (b"x" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MB."),
    ],
)
def test_files_that_are_no_statement_are_refused_in_words_and_nothing_is_kept(as_fern, cast, content, words):
    answer = as_fern.post(URL, {"file": SimpleUploadedFile("s.csv", content)})
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert (BankStatement.objects.count(), BankLine.objects.count()) == (0, 0)


def camt(*entries):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><Stmt>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(amount="650.00", words="", *, currency="EUR", sign="CRDT", name="Sam", status="<Cd>BOOK</Cd>", ref="B1"):
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2027-06-02</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{words}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
    )


def test_a_camt_statement_is_read():
    batch = (
        '<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        "<BookgDt><DtTm>2027-06-03T10:00:00</DtTm></BookgDt><NtryDtls>"
        + "".join(
            f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RmtInf><Strd><CdtrRefInf><Ref>RF{amount}</Ref></CdtrRefInf></Strd>'
            "</RmtInf></TxDtls>"
            for amount in ("10.00", "20.00")
        )
        + "</NtryDtls></Ntry>"
    )
    content = camt(
        entry(words="Share"), entry(sign="DBIT"), entry(currency="USD"), entry(status="<Cd>PDNG</Cd>"), batch
    )
    reading = statement_camt.read(content, currency="EUR")
    assert reading.money == [
        Money(date(2027, 6, 2), 65000, "Sam", "Share", "B1"),
        Money(date(2027, 6, 3), 1000, "", "RF10.00", "/0"),
        Money(date(2027, 6, 3), 2000, "", "RF20.00", "/1"),
    ]
    assert (reading.going_out, len(reading.unread)) == (1, 2)


# --- matched, recorded ---------------------------------------------------------------------------------------


def buy(cast, household=None):
    return start_purchase(
        household=household or cast.sams, season=cast.season, lines=[Line(cast.full, cast.market)], method="offline",
        token=uuid.uuid4(), language="en", by=None, at=NOW,
    )  # fmt: skip


def bring(farm, content, by=None):
    return bank.bring(farm=farm, name="june.csv", content=content, by=by, at=NOW)


def lines(*rows):
    return ("Date;Name;Description;Amount\n" + "".join(f"02.06.2027;{n};{w};{a}\n" for n, w, a in rows)).encode()


def test_a_transfer_finds_its_order_and_settles_it_through_the_pages(as_fern, cast):
    order = buy(cast)
    content = lines(
        ("Sam", f"share {bank_reference.shown(bank_reference.of_order(order))}", "650,00"), ("X", "?", "5,00")
    )
    answer = as_fern.post(URL, {"file": SimpleUploadedFile("june.csv", content)})
    page = as_fern.get(answer["Location"]).content.decode()
    assert "Record 1 transfer" in page
    assert Payment.objects.count() == 0
    for _n in range(2):
        as_fern.post(answer["Location"], {"act": "record"})
    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (order.settled_at, ledger.owed(order), payment.method, payment.amount) == (NOW, 0, "bank", 65000)
    assert "2027-06-02 Sam" in payment.note


def test_the_same_file_twice_and_overlapping_lines_are_recorded_once(cast):
    order = buy(cast)
    reference = bank_reference.of_order(order)
    first = bring(cast.farm, lines(("Sam", reference, "100,00"), ("Sam", reference, "100,00")))
    assert first.lines.count() == 2  # two equal transfers on one day are two
    again = bring(cast.farm, lines(("Sam", reference, "100,00"), ("Sam", reference, "100,00")))
    longer = bring(
        cast.farm, lines(("Sam", reference, "100,00"), ("Sam", reference, "100,00"), ("Sam", reference, "100,00"))
    )
    assert [(s.lines.count(), s.known) for s in (again, longer)] == [(0, 2), (1, 2)]
    for statement in (first, again, longer, first):
        bank.record(statement, by=None, at=NOW)
    assert (ledger.owed(order), Payment.objects.count()) == (35000, 3)


def test_another_farm_s_reference_is_nobody_s_here(cast, olga):
    order = buy(cast)
    other = olga.staffed.get().farm
    statement = bring(other, lines(("Sam", bank_reference.of_order(order), "650,00")))
    assert statement.lines.get().order is None
    bank.record(statement, by=olga, at=NOW)
    assert Payment.objects.count() == 0


def test_two_references_in_one_transfer_are_for_the_farmer_to_say(cast):
    ours, others = buy(cast), buy(cast, make_household(cast.farm))
    words = f"{bank_reference.of_order(ours)} and {bank_reference.of_order(others)}"
    assert bring(cast.farm, lines(("Sam", words, "1300,00"))).lines.get().order is None


def test_the_farmer_says_whose_it_is_or_that_it_is_for_no_order(as_fern, cast):
    order = buy(cast)
    statement = bring(cast.farm, lines(("Sam", "share", "650,00"), ("Market", "stall", "80,00")))
    page = f"{URL}{statement.pk}/"
    sams, market = statement.lines.order_by("pk")
    assert f'value="{order.pk}" selected' in as_fern.get(page).content.decode()  # nobody else owes just as much
    as_fern.post(page, {"act": "assign", "line": sams.pk, "order": order.pk})
    as_fern.post(page, {"act": "ignore", "line": market.pk})
    as_fern.post(page, {"act": "record"})
    order.refresh_from_db()
    market.refresh_from_db()
    statement.refresh_from_db()
    assert (order.settled_at, market.ignored_at, market.payment, statement.content) == (NOW, NOW, None, None)


@pytest.mark.parametrize("wrong", ["theirs", "0", "x", "9" * 30])
def test_money_is_never_given_to_another_farm_s_order(as_fern, cast, olga, wrong):
    other = olga.staffed.get().farm
    theirs = start_purchase(
        household=make_household(other), season=other.seasons.get(), method="offline", token=uuid.uuid4(), at=NOW,
        lines=[Line(other.seasons.get().share_types.get(), other.sites.get())], language="en", by=None,
    )  # fmt: skip
    statement = bring(cast.farm, lines(("Sam", "share", "650,00")))
    number = theirs.pk if wrong == "theirs" else wrong
    answer = as_fern.post(f"{URL}{statement.pk}/", {"act": "assign", "line": statement.lines.get().pk, "order": number})
    assert (answer.status_code, statement.lines.get().order) == (404, None)


def test_where_the_columns_are_not_told_the_farmer_is_asked(as_fern, cast):
    order = buy(cast)
    content = f"A;B;C\n02.06.2027;650,00;{bank_reference.of_order(order)}\n".encode()
    here = as_fern.post(URL, {"file": SimpleUploadedFile("x.csv", content)})["Location"]
    assert "Which column is what?" in as_fern.get(here).content.decode()
    refused = as_fern.post(f"{here}?columns=1", {"act": "columns", "day": "0", "words": "2"})
    assert refused.status_code == 422
    assert "Choose the column of the amount, or of what came in." in refused.content.decode()
    as_fern.post(f"{here}?columns=1", {"act": "columns", "day": "0", "amount": "1", "words": "2"})
    assert BankLine.objects.get().order == order


def test_a_transfer_after_the_hold_lapsed_takes_its_place_again_or_is_told(as_fern, cast):
    from shares.buying.purchases import release_lapsed
    from shares.models import ShareType

    orders = [buy(cast), buy(cast, make_household(cast.farm))]
    for order in orders:
        assert release_lapsed(order, at=order.held_until)
    ShareType.objects.filter(pk=cast.full.pk).update(taken=99)
    statement = bring(cast.farm, lines(*[("Sam", bank_reference.of_order(order), "650,00") for order in orders]))
    recorded, refused = bank.record(statement, by=None, at=NOW)
    assert (recorded, len(refused)) == (1, 1)
    assert Order.objects.exclude(settled_at=None).count() == 1


def test_many_lines_are_read_in_few_questions(cast, django_assert_max_num_queries):
    content = lines(*[(f"N{n}", f"w{n}", "1,00") for n in range(2_000)])
    with django_assert_max_num_queries(30):
        assert bring(cast.farm, content).lines.count() == 2_000


def test_the_reference_stands_on_the_page_and_in_the_letter(client, cast):
    from people.models import Letter
    from tests.shares.test_join import URL as JOIN
    from tests.shares.test_join import wish

    client.post(JOIN, wish(cast, method="offline"))
    order = Order.objects.get()
    reference = bank_reference.shown(bank_reference.of_order(order))
    assert reference in client.get(f"{JOIN}done/?order={order.token}").content.decode()
    assert reference in Letter.objects.get(kind="how_to_pay").text


def test_an_erased_household_s_transfers_keep_day_and_amount_and_are_known_still(as_fern, cast):
    order = buy(cast)
    content = lines(("Sam", bank_reference.of_order(order), "650,00"))
    found = bring(cast.farm, content)
    bank.record(found, by=cast.fern, at=NOW)
    line, note = BankLine.objects.get(order=order), order.payments.get().note
    assert (bool(line.payer), bool(line.words), bool(note)) == (True, True, True)
    assert bank.forget(cast.sams) == 1
    line.refresh_from_db()
    assert (line.payer, line.words, line.amount, order.payments.get().note) == ("", "", 65000, "")
    again = bring(cast.farm, content)
    assert (again.known, again.lines.count()) == (1, 0)


def test_statement_files_are_kept_for_thirty_days(cast):
    facts = {"farm": cast.farm, "content": b"x", "unread": [[1, "Sam"]]}
    read = BankStatement.objects.create(name="read", brought_at=NOW, read_at=NOW, **facts)
    unread = BankStatement.objects.create(name="never read", brought_at=NOW, **facts)
    assert bank.forget_files(at=NOW + timedelta(days=30, seconds=-1)) == 0
    assert bank.forget_files(at=NOW + timedelta(days=30)) == 2
    assert bank.forget_files(at=NOW + timedelta(days=31)) == 0
    read.refresh_from_db()
    assert (read.content, read.unread) == (None, [])
    assert not BankStatement.objects.filter(pk=unread.pk).exists()


def test_columns_of_a_file_that_is_gone_are_no_error(as_fern, cast):
    gone = BankStatement.objects.create(farm=cast.farm, name="gone", brought_at=NOW, read_at=NOW)
    page = f"/f/cedar-bend-farm/desk/money/bank/{gone.pk}/"
    assert as_fern.post(page, {"act": "columns", "day": "0"}, follow=True).status_code == 200
