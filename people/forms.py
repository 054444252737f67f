"""What people type about themselves."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from people import stopped
from people.models import User
from people.names import NameField


class SettingsForm(forms.Form):
    """Name, language and letters of choice. A ticked letter is wanted."""

    name = NameField(
        label=_("Your name"),
        max_length=120,
        required=False,
        help_text=_("What the farm calls you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), help_text=_("Of these pages, and of what we write to you."))
    letters = forms.MultipleChoiceField(
        label=_("Letters you want"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Receipts, codes and news about a cancelled pickup come anyway."),
    )

    def __init__(self, data: QueryDict | None, *, user: User, unwanted: set[str]) -> None:
        self.user, self.unwanted = user, unwanted
        self.kinds = {**settings.LETTERS_OF_CHOICE, **settings.LETTERS_ON_WISH}
        wanted = [kind for kind in self.kinds if kind not in unwanted]
        facts = {"name": user.name, "language": user.language or settings.LANGUAGE_CODE, "letters": wanted}
        super().__init__(data, initial=facts)
        languages = [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]  # a ChoiceField, declared above
        self.fields["letters"].choices = list(self.kinds.items())  # type: ignore[attr-defined]  # too

    def save(self, *, at: datetime) -> None:
        facts = {"name": self.cleaned_data["name"], "language": self.cleaned_data["language"]}
        User.objects.filter(pk=self.user.pk).update(**facts)
        for kind in self.kinds:
            wanted, on_wish = kind in self.cleaned_data["letters"], kind in settings.LETTERS_ON_WISH
            if wanted and on_wish:
                stopped.wish(kind=kind, email=self.user.email, at=at)
            elif on_wish:
                stopped.wish_no_more(kind=kind, email=self.user.email)
            elif wanted:
                stopped.resume(kind=kind, email=self.user.email)
            else:
                stopped.stop(kind=kind, email=self.user.email, at=at)
