"""E-mail in development: each mail lands as one file in the mail folder, where /mail/ shows it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_number = count()
_lock = threading.Lock()


class MailFolder(BaseEmailBackend):
    """Write each mail as an .eml file whose name sorts by the moment it landed."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            self._land(folder, message.message().as_bytes())
        return len(email_messages)

    def _land(self, folder: Path, written: bytes) -> None:
        """Under its own name only when it is whole, so that a reader never meets half a mail."""
        with _lock:
            number = next(_number)
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{threading.get_native_id()}-{number}"
        unfinished = folder / f".{name}"
        unfinished.write_bytes(written)
        unfinished.rename(folder / f"{name}.eml")
