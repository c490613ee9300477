"""What `test_plaintext.py` runs on a server of its own: plants secrets, and says what came of it.

Prints one JSON object: whether the server encrypts sensitive_data, and what doctor would say.
"""

import json
import sys
from pathlib import Path

from tests import environment

environment.set_up()

from allauth.mfa.models import Authenticator  # noqa: E402  # only after the environment
from allauth.mfa.utils import encrypt  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from crm.models import Contact, ContactIdentity  # noqa: E402
from mercury.db import tablespaces  # noqa: E402
from mercury.db.sensitive import SensitiveData  # noqa: E402
from mercury.ops import key_probes  # noqa: E402
from mercury.ops.backups import server_tools  # noqa: E402

dump, name, phone, waha_key, webhook_key, totp, address = sys.argv[1:]

# The apps that encrypt, not all: what the others keep is no secret.
for app in ("mercury_db", "accounts", "mfa", "crm"):
    call_command("migrate", app, verbosity=0)
user = User.objects.create_user("olga@example.com", name=name, encrypted_phone=phone)
sealed = SensitiveData.objects.seal({"api_key": waha_key})
sealed.fill({"hmac_keys": [webhook_key]}).save()
SensitiveData.objects.seal({"api_key": waha_key})
Authenticator.objects.create(user=user, type="totp", data={"secret": encrypt(totp)})
contact = Contact.objects.create(name=name)
ContactIdentity(contact=contact, kind="email").hold(address, private=True).save()
with connection.cursor() as cursor:
    cursor.execute(
        "FLUSH TABLES users, sensitive_data, mfa_authenticator, contacts, contact_identities "
        "FOR EXPORT"
    )
    cursor.execute("UNLOCK TABLES")
server_tools.dump(connection, Path(dump), lambda line: None)
report = {
    "on disk": tablespaces.is_encrypted(connection, "sensitive_data"),
    "said": [finding.state for finding in key_probes.encryption_keys()],
}
print(json.dumps(report))  # noqa: T201  # the test reads it
