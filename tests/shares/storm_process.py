"""Run as a process of its own, to be killed in the midst: settles what was paid, as a web process (`web`: the webhook's
view) or as the worker (`worker`: the sweep) does, and says a word after each."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from people import clock  # noqa: E402
from shares.models import Payment  # noqa: E402
from shares.money import settling  # noqa: E402
from shares.paying import payments  # noqa: E402
from tests.shares.test_webhooks import news_of, tell  # noqa: E402


class Till:
    webhook_secret = settings.STRIPE_WEBHOOK_SECRET


def say(*_facts: object) -> None:
    sys.stdout.write("posted\n")
    sys.stdout.flush()


def main(role: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    post = settling._post_payment

    def post_and_say(*facts: object) -> None:
        """Between the books and the commit: whoever kills on hearing it kills in the midst of a settlement."""
        post(*facts)
        say()

    settling._post_payment = post_and_say
    if role == "worker":
        payments.reconcile_payments(at=clock.now())
        return
    for payment in Payment.objects.filter(succeeded_at=None).order_by("pk"):
        tell(Client(), Till, news_of(payment, event=f"evt_{payment.pk}"))


if __name__ == "__main__":
    main(sys.argv[1])
