"""What a farmer writes to many households at once."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from farms.models import Farm, PickupSite
from shares.models import ShareType


class Message(models.Model):
    """A letter of the farm to those whom `whom` names, narrowed to a site or a share type; from `due_at` on the worker
    writes it, some hundred readers at a time. `words` hold subject and text by language."""

    class Whom(models.TextChoices):
        MEMBERS = "members", _("Everybody with a share")
        THIS_WEEK = "week", _("Who collects in the coming seven days")
        UNPAID = "unpaid", _("Who still owes something")
        WAITING = "waiting", _("Who is on the waiting list")

    farm = models.ForeignKey(Farm, models.CASCADE, related_name="messages")
    token = models.UUIDField(default=uuid.uuid4)  # came with the form: one click, one message
    whom = models.CharField(_("to whom"), max_length=10, choices=Whom, default=Whom.MEMBERS)
    site = models.ForeignKey(PickupSite, models.SET_NULL, null=True, blank=True, related_name="+")
    share_type = models.ForeignKey(ShareType, models.SET_NULL, null=True, blank=True, related_name="+")
    words: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"en": ["subject", "text"]}
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField()
    readers = models.PositiveIntegerField(default=0)  # whom it went to, counted when it was written
    written_at = models.DateTimeField(null=True, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [models.UniqueConstraint("farm", "token", name="a_message_is_sent_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="waiting_messages",
                condition=models.Q(written_at=None, taken_back_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
