import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_add_see_phones")]

    operations = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "address_hash",
                    mercury.db.fields.ExactCharField(
                        blank=True, default="", editable=False, max_length=64
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("success", "signed in"), ("failure", "refused")],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "method",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="by"),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(
                        blank=True, null=True, verbose_name="from address"
                    ),
                ),
                (
                    "user_agent",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="browser"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-in attempt",
                "verbose_name_plural": "sign-in attempts",
                "db_table": "sign_ins",
                "ordering": ["-created_at", "-pk"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["user", "created_at"], name="idx_sign_ins_user_created"),
                    models.Index(fields=["created_at", "id"], name="idx_sign_ins_created"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["success", "failure"])),
                        name="sign_ins_kind",
                    )
                ],
            },
        ),
    ]
