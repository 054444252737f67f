"""Plain inputs are written in one go, and are to the letter what Django's templates make of them."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from people.inputs import PLAIN, Inputs


class Every(forms.Form):
    words = forms.CharField(initial='<b>"Ana’s" & co</b>', widget=forms.TextInput(attrs={"class": "n", "dir": "auto"}))
    empty = forms.CharField(max_length=20)
    number = forms.IntegerField(initial=12, min_value=0)
    email = forms.EmailField(initial="a@b.example")
    hidden = forms.CharField(widget=forms.HiddenInput, initial="yes")
    ticked = forms.BooleanField(initial=True)
    bare = forms.CharField(widget=forms.TextInput(attrs={"autofocus": True, "hidden": False, "data-x": "<"}))
    several = forms.MultipleChoiceField(
        choices=[(1, "One"), (2, "<Two>")], initial=[2], widget=forms.CheckboxSelectMultiple
    )
    one = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], initial="b", widget=forms.RadioSelect)


@pytest.mark.parametrize("data", [None, {"words": "\"'>", "several": ["1"], "one": "a", "empty": 0}])
def test_what_is_written_in_one_go_is_what_the_templates_write(data):
    fast, slow = Every(data, renderer=Inputs()), Every(data, renderer=TemplatesSetting())
    for name in fast.fields:
        tags = [option.tag() for option in fast[name]]
        assert tags == [option.tag() for option in slow[name]], name
        assert str(fast[name]) == str(slow[name]), name


def test_each_of_them_is_a_template_of_django_s():
    for name in PLAIN:
        TemplatesSetting().get_template(name)
