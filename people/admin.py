"""The operator's view: everything may be read, and only what bypasses no verb may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from people.models import Letter, StoppedLetter, User

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents it
admin.site.site_header = admin.site.site_title = "Hissa"


if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_ModelAdmin):
    """Rows to look at. Changing them is the business of the verbs."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "language", "is_active", "is_staff", "date_joined", "last_login")
    search_fields = ("email", "name")
    exclude = ("password",)


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """What was written and whether it left. Its words are the reader's: codes stand in them."""

    list_display = ("kind", "to_email", "due_at", "sent_at", "given_up_at", "attempts", "last_error")
    list_filter = ("kind",)
    search_fields = ("to_email", "occasion", "message_id")
    exclude = ("subject", "text", "html")


@admin.register(StoppedLetter)
class StoppedLetterAdmin(ReadOnlyAdmin):
    list_display = ("email", "kind", "stopped_at")
    search_fields = ("email",)
