"""What a correction changed, as lists mark it beneath a crop: since which version, where, and what was there before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliveries.dividing.corrections import Moved, changes_in
from deliveries.dividing.divided import Divided
from deliveries.dividing.gathering import Case
from people.formats import comma, isolated, number, quantity


class Marks:
    """The notes of one division's lists; nothing at all for a first version."""

    def __init__(self, case: Case, divided: Divided) -> None:
        self.case, self.divided = case, divided

    @cached_property
    def changes(self) -> dict[int, dict[str, Moved]]:
        """By row, then by the crop's name."""
        return {row: {one.crop: one for one in moved} for row, moved in changes_in(self.divided).items()}

    @cached_property
    def gone(self) -> list[dict[str, Any]]:
        """The crops, as the inputs write them, that the version before gave and this one has no more."""
        before = self.divided.inputs.get("before") or {"crops": [], "portions": []}
        now = {crop["crop"] for crop in self.divided.inputs["crops"]}
        given = [any(column) for column in zip(*before["portions"], strict=True)]
        return [crop for crop, some in zip(before["crops"], given, strict=False) if some and crop["crop"] not in now]

    def for_harvest(self, crop: str) -> str:
        """Only of a crop that was taken away: whoever picks need not know how boxes differ."""
        return self._since("", crop) if crop in self._gone_names else ""

    @cached_property
    def _gone_names(self) -> set[str]:
        return {crop["name"] for crop in self.gone}

    def for_packing(self, crop: str) -> str:
        """The sites whose boxes hold another amount of the crop than before."""
        cells = self.divided.inputs["cells"]
        days = {cells[row]["day"] for row, moved in self.changes.items() if crop in moved}
        return self._since(comma().join(day.site.name for day in self.case.days if day.pk in days), crop)

    def for_site(self, day: int, crop: str) -> str:
        """The share types, or how many shares, at a pickup (id) that hold another amount than before."""
        cells = self.divided.inputs["cells"]
        found = {row: moved[crop] for row, moved in self.changes.items() if crop in moved and cells[row]["day"] == day}
        if self.divided.mode == "choice" and found:
            shares = ngettext("%(count)s share", "%(count)s shares", len(found))
            return self._since(shares % {"count": number(len(found))}, crop)
        names = {kind.pk: kind.name for kind in self.case.share_types}
        told = " · ".join(self._before(names, cells[row]["type"], one) for row, one in found.items())
        return self._since(told, crop)

    def _before(self, names: Mapping[int, str], kind: int, one: Moved) -> str:
        told = {"type": isolated(names[kind]), "before": quantity(one.before, one.unit)}
        if not one.before:
            return _("%(type)s, none before") % told
        return _("%(type)s, %(before)s before") % told

    def _since(self, where: str, crop: str) -> str:
        gone = crop in self._gone_names
        if not where and not gone:
            return ""
        facts = {"version": number(self.divided.inputs["before"]["number"]), "where": where}
        if not where:
            return _("Taken away since version %(version)s") % facts
        if gone:
            return _("Taken away since version %(version)s: %(where)s") % facts
        return _("Changed since version %(version)s: %(where)s") % facts
