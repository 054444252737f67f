"""The pieces every page is made of: icons, fields, the ribbon, a farm's own picture."""

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from people.field_rows import draw_field_rows
from people.fields import MoneyField, NumberField
from people.ribbons import STATES, WeekCell

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


def render(source, path="/", **context):
    return engines["django"].from_string(source).render(context, RequestFactory().get(path)).strip()


def pages():
    """Every template a browser gets (letters need inline styles, so they are left out)."""
    return [page for page in TEMPLATES.rglob("*.html") if "emails" not in page.parts]


class Sowing(forms.Form):
    crop = forms.CharField(label="Crop", help_text="As on the list.")
    picked = NumberField(label="Picked", places=1, max_value=500)
    price = MoneyField(label="Price", min_value=100)
    unit = forms.ChoiceField(label="Unit", choices=[("kg", "kg"), ("bunch", "bunch")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure.")


def test_an_icon_comes_from_the_sprite_and_is_silent_unless_it_is_named():
    assert render('{% icon "check" %}') == (
        '<svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<use href="/static/icons.svg#check"/></svg>'
    )
    assert 'class="i i-flip" viewBox="0 0 24 24" role="img" aria-label="Next &gt;"' in render(
        '{% icon "arrow-right" label=words %}', words="Next >"
    )


def test_every_icon_that_a_template_names_is_in_the_sprite():
    named = {name for page in pages() for name in re.findall(r'{% icon "([^"]+)"', page.read_text())}
    named |= {name for page in pages() for name in re.findall(r'icon_name="([^"]+)"', page.read_text())}
    named |= {name for page in pages() for name in re.findall(r'{% nav_link "[^"]*" "([^"]+)"', page.read_text())}
    named |= {icon for _, icon in STATES.values() if icon}
    assert named - SPRITE == set()


def test_no_page_has_inline_styles_or_scripts():
    found = [
        (page.name, match)
        for page in pages()
        for match in re.findall(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=)[^>]*>', page.read_text())
        if 'type="application/json"' not in match
    ]
    assert found == []


def test_the_style_sheet_has_no_left_and_right_and_stays_small():
    sheet = (STATIC / "app.css").read_text()
    physical = r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|[;{ ](?:left|right):"
    assert re.findall(physical, sheet) == []
    assert len(gzip.compress(sheet.encode())) < 12_000
    assert (STATIC / "app.js").stat().st_size < 6_000


def test_a_field_says_what_is_wrong_beside_it_and_keeps_what_was_typed():
    form = Sowing({"crop": "<b>Chard", "picked": "1e5"})
    shown = render("{% field form.picked %}", form=form)
    assert 'value="1e5"' in shown
    assert 'aria-describedby="id_picked_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert re.search(r'<div class="error" id="id_picked_error">.*Write it in plain digits', shown, re.DOTALL)
    assert 'value="&lt;b&gt;Chard"' in render("{% field form.crop %}", form=form)


def test_a_hint_and_further_attributes_reach_the_input():
    shown = render('{% field form.crop autocomplete="off" hx_get="/crops/" css="w-m" %}', form=Sowing())
    for part in (
        'aria-describedby="id_crop_helptext"',
        'autocomplete="off"',
        'hx-get="/crops/"',
        'class="w-m"',
        'dir="auto"',
    ):
        assert part in shown
    assert '<div class="hint" id="id_crop_helptext">As on the list.</div>' in shown


def test_a_group_of_choices_is_named_by_its_legend():
    shown = render('{% field form.unit layout="cards" %}', form=Sowing())
    assert re.search(r'<fieldset class="field" id="id_unit">\s*<legend class="">Unit</legend>', shown)
    assert shown.count('<label class="choice plain"') == 2


def test_a_whole_form_is_drawn_with_the_same_fields():
    form = Sowing({})
    one_by_one = "".join(render("{% field bound %}", bound=bound) for bound in form)
    assert "".join(render("{{ form }}", form=form).split()) == "".join(one_by_one.split())


def test_the_error_summary_names_each_field_and_leads_to_it():
    form = Sowing({"crop": "", "picked": "900", "price": "0,50", "unit": "tray"})
    shown = render("{% error_summary form %}", form=form)
    assert "Please look at 5 things again" in shown
    assert re.findall(r'<a href="#([^"]+)">([^<]+)</a>', shown) == [
        ("id_crop", "Crop: This field is required."),
        ("id_picked", "Picked: Enter 500 or less."),
        ("id_price", "Price: Enter €1 or more."),
        ("id_unit_0", "Unit: Select a valid choice. tray is not one of the available choices."),
        ("id_sure", "Sure: This field is required."),
    ]
    page = render("{{ form }}", form=form)
    assert all(f'id="{target}"' in page for target in re.findall(r'href="#([^"]+)"', shown))


def test_a_form_without_errors_has_no_summary():
    assert render("{% error_summary form nothing %}", form=Sowing(), nothing=None) == ""


def test_fields_read_what_people_type():
    form = Sowing({"crop": "Chard", "picked": "١٢٫٥", "price": "1.234,56", "unit": "kg", "sure": "on"})
    assert form.is_valid(), form.errors
    assert (str(form.cleaned_data["picked"]), form.cleaned_data["price"]) == ("12.5", 123456)
    assert 'value="26.50"' in render("{% field form.price %}", form=Sowing(initial={"price": 2650}))


def test_the_ribbon_says_each_week_in_words_and_explains_only_what_occurs():
    cells = [
        WeekCell(number=1, state="done"),
        WeekCell(number=2, state="hold", words="Week 2: held <", href="/w/2/", current=True),
    ]
    shown = render('{% ribbon cells "Your season" legend=True %}', cells=cells)
    assert (
        '<div class="week done"><span aria-hidden="true">1</span><span class="vh">Week 1: Collected</span></div>'
        in shown
    )
    assert '<a class="week hold" href="/w/2/" aria-current="true">' in shown
    assert "Week 2: held &lt;" in shown
    assert re.findall(r"</span>([^<]+)</li>", shown) == ["Collected", "On hold"]


def test_money_and_times_are_isolated_and_text_is_escaped():
    assert render('{{ 2600|money:"EUR" }}') == '<bdi dir="ltr">€26.00</bdi>'
    assert render('{{ 2600|money_text:"EUR" }}') == "€26.00"
    assert render("{{ typed|ltr }}", typed="<i>") == '<bdi dir="ltr">&lt;i&gt;</bdi>'
    assert render('{{ nothing|money:"EUR" }}{{ nothing|day }}{{ nothing|quantity }}{{ nothing|clock }}') == ""
    assert render("{{ when|day }}", when=date(2027, 6, 15)) == "Tue 15 June"


def test_a_link_to_a_page_that_does_not_exist_is_left_out():
    assert render('{% nav_link "no-such-page" "x" "Nowhere" %}') == ""
    assert 'href="/styleguide/" aria-current="page"' in render(
        '{% nav_link "styleguide" "x" "Look" %}', path="/styleguide/"
    )


def test_a_page_number_keeps_the_other_choices():
    assert render("{% page_url 3 %}", path="/people/?q=ana&page=2") == "?q=ana&amp;page=3"


def test_a_farm_has_its_own_picture_and_keeps_it():
    assert draw_field_rows("cedar-bend") == draw_field_rows("cedar-bend")
    assert len({draw_field_rows(f"farm-{n}") for n in range(50)}) == 50
    assert "<script" not in draw_field_rows("x", css='"><script>')


@pytest.mark.django_db
def test_the_style_guide_shows_every_component_in_both_directions(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = client.get("/styleguide/")
    assert page.status_code == 200
    assert '<html lang="en" dir="ltr">' in page.content.decode()
    for state in STATES:
        assert f'class="week {state}"' in page.content.decode()
    with translation.override(None):
        arabic = client.get("/styleguide/", headers={"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl">' in arabic.content.decode()


@pytest.mark.django_db
def test_a_missing_page_says_so_kindly(client):
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "Nothing grows here" in page.content.decode()
