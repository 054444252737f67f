"""The web application for an ASGI server. Hissa's views are synchronous: prefer `csa.wsgi`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")

application = get_asgi_application()
