"""The clock that replicas are measured by."""

from django.db import models


class ReplicationHeartbeat(models.Model):
    """One row whose time the schedule moves on the primary; replicas show how late they are."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "mercury_db"
        db_table = "replication_heartbeats"

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S}"
