"""Secrets of outside systems, encrypted apart from the rows that use them."""

import json
from typing import Any, Self

from django.db import models

from mercury.db import encryption

PLACE = "sensitive_data.encrypted_content"


class SensitiveDataQuerySet(models.QuerySet["SensitiveData"]):
    def seal(self, values: dict[str, Any]) -> "SensitiveData":
        """Store `values` encrypted and return the row that holds them."""
        row = SensitiveData()
        row.fill(values)
        row.save()
        return row


class SensitiveData(models.Model):
    """One encrypted JSON object, such as the API key of a WAHA server."""

    encrypted_content = models.BinaryField()
    encryption_key_id = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SensitiveDataQuerySet.as_manager()

    class Meta:
        app_label = "mercury_db"
        db_table = "sensitive_data"
        verbose_name_plural = "sensitive data"

    def __str__(self) -> str:
        return f"sensitive data {self.pk}"

    def fill(self, values: dict[str, Any]) -> Self:
        """Encrypt `values` into this row; saving is the caller's."""
        token = encryption.encrypt(json.dumps(values).encode(), place=PLACE)
        self.encrypted_content = token.encode()
        self.encryption_key_id = encryption.key_of(token)
        return self

    def open(self) -> dict[str, Any]:
        """The decrypted values. Raises DecryptionError when the key is gone."""
        token = bytes(self.encrypted_content).decode()
        return dict(json.loads(encryption.decrypt(token, place=PLACE)))
