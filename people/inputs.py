"""How forms are drawn: by their templates, but for plain inputs, which are written in one go. The harvest grid has
hundreds of them, and a template for each took half the page's time."""

from __future__ import annotations

from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString

PLAIN = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("text", "number", "email", "hidden", "checkbox", "checkbox_option", "radio_option")
)


class Inputs(TemplatesSetting):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> Any:
        widget = context.get("widget", {})
        if template_name in PLAIN and not widget.get("wrap_label"):
            return _input(widget)
        return super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    """As Django's own template writes it."""
    value = widget.get("value")
    given = "" if value is None else f' value="{_safe(value)}"'
    attributes = "".join(
        f" {_safe(name)}" if value is True else f' {_safe(name)}="{_safe(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )
    return SafeString(f'<input type="{_safe(widget["type"])}" name="{_safe(widget["name"])}"{given}{attributes}>')


def _safe(value: Any) -> str:
    """Typed text cannot end the attribute that it stands in."""
    return str(value) if hasattr(value, "__html__") else escape(str(value))
