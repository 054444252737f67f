"""`python -m tests.people.dying_post ISO FILE`: a sweep that is killed (SIGKILL) just after it handed over a letter.

The letter's Message-ID is written to FILE first, as a mail server would keep it.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime

import django
from django.core.mail.backends.base import BaseEmailBackend


class Dying(BaseEmailBackend):
    def send_messages(self, messages):
        with open(sys.argv[2], "a") as file:
            file.writelines(f"{message.message()['Message-ID']}\n" for message in messages)
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")
    django.setup()
    from django.conf import settings

    from people import post

    settings.EMAIL_BACKEND = "tests.people.dying_post.Dying"
    post.post_due_letters(at=datetime.fromisoformat(sys.argv[1]))
