"""The web application for a WSGI server (granian in `make run`)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csa.settings")

application = get_wsgi_application()
