"""What operations remembers: who reported when, how it was, how tables grew, what was slow."""

from django.db import models
from django.utils import timezone

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex


class HealthMark(models.Model):
    """The latest word of one part: a worker, the schedule, a nightly check.

    `at` is the database's clock, so that no two machines need to agree on the time.
    """

    name = ExactCharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
    said = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "health_marks"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.name)


class HealthSample(models.Model):
    """How everything was at one moment: states {check: state}, figures {check.unit: number}."""

    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10)
    states = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)

    class Meta:
        db_table = "health_samples"
        default_permissions = ()
        indexes = [NamedIndex(fields=["at"], name="idx_health_samples_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state}"


class TableSize(models.Model):
    """How large one table was on one day; a shard's tables are named `shard_0:<table>`."""

    day = models.DateField()
    place = ExactCharField(max_length=128)
    row_count = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        db_table = "table_sizes"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "place"], name="table_sizes_day")]

    def __str__(self) -> str:
        return f"{self.place} on {self.day}"


class SlowQuery(models.Model):
    """One kind of statement that took long in a page or a task, without its parameters."""

    digest = ExactCharField(max_length=64, primary_key=True)
    statement = models.TextField()
    # The view or task it ran in the last time.
    place = models.CharField(max_length=255, blank=True, default="")
    count = models.PositiveBigIntegerField(default=0)
    total_ms = models.FloatField(default=0)
    max_ms = models.FloatField(default=0)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "slow_queries"
        default_permissions = ()
        indexes = [NamedIndex(fields=["last_seen_at"], name="idx_slow_queries_seen")]

    def __str__(self) -> str:
        return self.statement[:80]

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.count if self.count else 0.0
