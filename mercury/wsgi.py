"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")

pages = get_wsgi_application()

# They import models, so only after the application is set up.
from mercury.ops import start  # noqa: E402
from waha.inbound.gate import gate  # noqa: E402

start.refuse_unready()
application = gate(pages)
