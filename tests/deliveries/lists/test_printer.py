"""What stands on the paper, read back from the PDF."""

import re
import shutil
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from deliveries.lists import (
    Cell,
    CountedSite,
    CountSheet,
    ListedShareType,
    PackingCrop,
    PackingList,
    PackingSite,
    print_all,
    print_list,
)
from people.printing import setting
from people.printing.typed import beyond_our_fonts
from tests.deliveries.lists.reading import (
    CARROTS,
    CHARD,
    DAY,
    FULL,
    HALF,
    IMPRINT,
    MARKET,
    Word,
    harvest_list,
    households,
    packing_list,
    site_sheet,
    sizes_of,
    text_of,
    words_of,
)


def _rows(pdf: bytes) -> list[tuple[str, str]]:
    """The (number, name) rows of a site sheet with one full share for each household."""
    return re.findall(r"^(?:\S+ )?(\d{3}) (.*) 1 × Full share$", text_of(pdf), flags=re.MULTILINE)


def test_a_harvest_list_tells_who_gets_what_of_each_crop():
    text = text_of(print_list(harvest_list(), "en"))
    assert "Fern Hollow · Summer 2027 · Week 7 of 25\nHarvest list\nTuesday 15 June 2027\n2 crops · 5 shares" in text
    assert "Carrots 6 kg 1.4 kg\n4.2 kg\n0.8 kg\n1.6 kg 0.2 kg" in text
    assert "Chard 3 bunches 1 bunch\n3 bunches – –" in text


def test_a_list_of_what_is_to_pick_leaves_room_for_what_came_in():
    text = text_of(print_list(replace(harvest_list(), to_pick=True), "en"))
    assert "To pick" in text
    assert "Came in" in text
    assert "Picked" not in text


def test_a_packing_list_multiplies_out_by_site_and_share_type():
    text = text_of(print_list(packing_list(), "en"))
    assert "School gate 1.4 kg × 1\n1.4 kg\n0.8 kg × 2\n1.6 kg 3 kg" in text
    assert "All sites 4.2 kg 1.6 kg 5.8 kg\nLeft over: 0.2 kg" in text


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_of_a_packing_list_with_many_types_and_bunches_no_figure_runs_into_the_next(paper, language):
    kinds = (FULL, HALF, ListedShareType(id=4, name="Single"), ListedShareType(id=5, name="Solidarity family"))
    shares = (286, 211, 150, 247)
    row = tuple(Cell.even(shares=count, each=2) for count in shares)
    totals = tuple(2 * count for count in shares)
    crop = PackingCrop(crop=CHARD, cells=(row,), site_totals=(sum(totals),), type_totals=totals, total=sum(totals))
    week = PackingList(
        imprint=IMPRINT, days=(DAY,), share_types=kinds, sites=(PackingSite(site=MARKET, shares=shares),), rows=(crop,)
    )
    words = [word for word in words_of(print_list(week, language, paper)) if re.search(r"\d", word.text)]
    assert any("1,788" in word.text for word in words)
    must_not_touch(words)


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_of_a_truck_sheet_with_many_types_no_name_runs_into_the_next(paper):
    names = ("Full share", "Half share", "Single", "Solidarity family", "Eggs", "Sourdough bread")
    kinds = tuple(ListedShareType(id=place, name=name) for place, name in enumerate(names))
    going = CountedSite(site=MARKET, shares=(20,) * 6, total=120, crates=30)
    truck = CountSheet(
        imprint=IMPRINT, kind="truck", days=(DAY,), share_types=kinds, sites=(going,), type_totals=(20,) * 6, total=120
    )
    must_not_touch([word for word in words_of(print_list(truck, "en", paper)) if word.text.strip()])


def must_not_touch(words: list[Word]) -> None:
    for one, other in combinations(words, 2):
        side_by_side = abs(one.bottom - other.bottom) < 8  # points: less than a line
        assert not side_by_side or one.right <= other.left + 0.5 or other.right <= one.left + 0.5, (one, other)


def test_a_site_sheet_starts_with_totals_and_what_is_in_a_share():
    text = text_of(print_list(site_sheet("Abbott", "Zola"), "en"))
    assert "Tuesday Market\nTuesday 15 June 2027 · 17:00–19:30\nQuay Street 12" in text
    assert "Check in by phone: https://farm.example/c/4kq9-mf2t" in text
    assert "2 Full share\nCrop To take Full share × 2\nCarrots 2.8 kg 1.4 kg\nChard 2 bunches 1 bunch" in text


def test_the_qr_code_opens_the_link_and_is_left_out_without_one():
    with_link, without = (print_list(site_sheet("Abbott", link=link), "en") for link in ("https://a.example", ""))
    assert len(with_link) > len(without)
    assert "Check in by phone" not in text_of(without)


def test_exactly_the_households_stand_on_the_sheet_in_the_order_given():
    names = [f"Family {place:03d}" for place in range(1, 301)]
    pdf = print_list(site_sheet(*names), "en")
    assert _rows(pdf) == [(name[-3:], name) for name in names]
    pages = len(sizes_of(pdf))
    assert pages > 5
    assert text_of(pdf).count("No. Household Shares") == pages


def test_shares_add_ons_friends_and_note_marks_stand_in_a_household_s_row():
    sheet = site_sheet("Abbott")
    household = replace(sheet.households[0], shares=(2, 1, 6), friend="Jo Park", note=True)
    sheet = replace(sheet, shares=(2, 1, 6), rows=(), households=(household,))
    text = text_of(print_list(sheet, "en"))
    for piece in ("2 × Full share · 1 × Half share", "6 × Eggs", "collects: Jo Park", "! means there is a note"):
        assert piece in text


def test_every_page_bears_version_and_its_place_in_its_own_list():
    lists = [harvest_list(), site_sheet(*[f"Family {place}" for place in range(60)])]
    text = text_of(print_all(lists, "en"))
    assert re.findall(r"Page \d of \d", text) == ["Page 1 of 1", "Page 1 of 2", "Page 2 of 2"]
    assert text.count("Version 2.1 · printed 15 June 2027 16:05 · Fern Hollow") == 3
    assert text.count("Tuesday Market · Tuesday 15 June 2027 · Week 7 of 25 (continued)") == 1


def test_the_same_lists_give_the_same_bytes_and_a_new_version_others():
    lists = [harvest_list(), packing_list(), site_sheet("Abbott", "Zola")]
    assert print_all(lists, "en") == print_all(lists, "en")
    corrected = replace(harvest_list(), imprint=replace(IMPRINT, version=3))
    assert print_list(corrected, "en") != print_list(harvest_list(), "en")


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("us-letter", (612, 792))])
def test_paper_is_a4_or_letter(paper, size):
    pdf = print_all([harvest_list(), packing_list(), site_sheet("Abbott", "Zola")], "en", paper)
    assert sizes_of(pdf) == [size] * 3


def test_in_arabic_lists_read_from_the_right():
    def left_edges(language: str) -> list[float]:
        figures = {word.text.strip(): word.left for word in words_of(print_list(site_sheet("Abbott"), language))}
        return [figures["Carrots"], figures["001"]]

    english, arabic = left_edges("en"), left_edges("ar")
    assert max(english) < 150
    assert min(arabic) > 400


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ('#panic("no") $x$ *b* _i_ @ref //', '#panic("no") $x$ *b* _i_ @ref //'),
        ("Jo\nLine\x00Two\tThree", "Jo Line Two Three"),
        ("\u202eevil\u202c \u2069\u2066Sam", "evil Sam"),
        ("🥕 Carrot 👩‍🌾 family", "Carrot family"),
        ("Yılmaz-Østergård O’Brien", "Yılmaz-Østergård O’Brien"),
        ("Nguyễn", "Nguyễn"),
    ],
)
def test_names_are_printed_as_text_whatever_was_typed(typed, printed):
    assert _rows(print_list(site_sheet("Abbott", typed, "Zola"), "en")) == [
        ("001", "Abbott"),
        ("002", printed),
        ("003", "Zola"),
    ]


@pytest.mark.parametrize(
    "typed", ["Z" + "\u0301" * 500, "Q" * 4000, "علي " * 300, "🐙", "田中 太郎", "\u200d", "\u0301"]
)
def test_names_that_cannot_be_tamed_still_leave_their_neighbours_alone(typed):
    rows = words_of(print_list(site_sheet("Abbott", typed, "Zola"), "en"))
    heights = {word.text.strip(): word.bottom for word in rows if word.text.strip() in {"001", "003"}}
    assert [word.text.strip() for word in rows].count("Zola") == 1
    assert 10 < heights["001"] - heights["003"] < 120


def test_a_name_in_hebrew_is_set_in_a_font_that_has_its_letters():
    assert b"NotoSansHebrew" not in print_list(site_sheet("Abbott"), "en")
    assert b"NotoSansHebrew" in print_list(site_sheet("Cohen כהן"), "en")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a person's own fonts lie in another folder")
def test_letters_that_our_fonts_have_not_are_set_in_a_font_of_this_machine(tmp_path, monkeypatch):
    """As if Hebrew were not ours: a font of it in the person's own folder is found, where a text needs others."""
    ours, own = tmp_path / "ours", tmp_path / "home" / ".local" / "share" / "fonts"
    for folder in (ours, own):
        folder.mkdir(parents=True)
    for font in Path(setting.FONTS).glob("*.ttf"):
        shutil.copy(font, own if "Hebrew" in font.name else ours)
    monkeypatch.setattr(setting, "FONTS", str(ours))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert b"NotoSansHebrew" not in print_list(site_sheet("כהן"), "en")
    assert b"NotoSansHebrew" in print_list(site_sheet("כהן", "王小明"), "en")


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("Yılmaz-Østergård 12 №", False),
        ("Ярослав Αθηνά राम נועה سلمى", False),
        ("王小明", True),
        ("김철수", True),
        ("สมชาย", True),
    ],
)
def test_which_letters_our_fonts_have_not(text, beyond):
    assert beyond_our_fonts(text) is beyond


def test_a_crop_and_a_farm_with_markup_for_a_name_are_printed_as_they_are():
    crop = replace(CARROTS, name="*Kale* #1 = best", note="$ask$ the _farmer_")
    sheet = replace(
        harvest_list(),
        imprint=replace(IMPRINT, farm="#Fern & <b>Co</b>"),
        rows=(replace(harvest_list().rows[0], crop=crop),),
    )
    text = text_of(print_list(sheet, "en"))
    assert "*Kale* #1 = best\n$ask$ the _farmer_" in text
    assert "#Fern & <b>Co</b> · Summer 2027" in text


def test_a_week_with_nothing_still_prints_and_says_so():
    nobody = replace(site_sheet("Abbott"), shares=(0, 0, 0), rows=(), households=households())
    empty = [
        replace(harvest_list(), rows=(), shares=(0, 0, 0)),
        replace(packing_list(), rows=(), sites=()),
        nobody,
    ]
    text = text_of(print_all(empty, "en"))
    for line in ("Nothing to pick this week.", "Nothing to pack this week.", "Nobody collects here this week."):
        assert line in text


def test_no_list_at_all_is_refused():
    with pytest.raises(ValueError, match="no list"):
        print_all([], "en")
