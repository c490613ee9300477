"""Groups and who is in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.chat import WahaChat


class MemberRole(models.TextChoices):
    MEMBER = "participant", _("member")
    ADMIN = "admin", _("admin")
    OWNER = "superadmin", _("made the group")


class WahaGroup(Timestamped):
    """What is known of a group beside its name.

    `members_at` is when all its members were last told at once, `left_at` when our number left;
    `moved_at` orders its own joining and leaving. `own_role` is what our number is in it, "" while
    nobody has told; `only_admins` whether nobody else may write, None while nobody has told.
    """

    chat = models.OneToOneField(
        WahaChat, models.CASCADE, primary_key=True, related_name="group", db_constraint=False
    )
    members_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    own_role = models.CharField(max_length=20, blank=True, default="", db_default="")
    only_admins = models.BooleanField(null=True, blank=True)
    # When that was heard: an older word on it must not come back.
    only_admins_at = models.DateTimeField(null=True, blank=True)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_groups"

    def __str__(self) -> str:
        return f"group {self.pk}"


class WahaGroupMember(Timestamped):
    """Somebody who is or was in a group; `address` is the LID where one is known.

    `phone` is their phone's address, "" while WhatsApp has not told it: no LID says it. Who left
    keeps the row, so that older news cannot bring them back.
    """

    chat = models.ForeignKey(WahaChat, models.CASCADE, related_name="members", db_index=False)
    address = ExactCharField(max_length=255)
    phone = ExactCharField(max_length=255, blank=True, default="")
    role = models.CharField(max_length=20, choices=MemberRole, default=MemberRole.MEMBER)
    is_in = models.BooleanField(default=True)
    heard_at = models.DateTimeField()

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_group_members"
        indexes = [
            NamedIndex(fields=["chat", "is_in"], name="idx_waha_group_members_in"),
            # Who a pair of addresses is about, in all groups of a number.
            NamedIndex(fields=["address"], name="idx_waha_group_members_who"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["chat", "address"], name="waha_group_members_address"),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="waha_group_members_role"
            ),
        ]

    def __str__(self) -> str:
        return f"member {self.pk} of group {self.chat_id}"
