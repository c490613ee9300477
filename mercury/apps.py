"""The admin site of Mercury as Django's default one."""

from django.contrib.admin.apps import AdminConfig


class MercuryAdminConfig(AdminConfig):
    """Django's admin under our own site class (title, sign-in through allauth)."""

    default_site = "mercury.admin.MercuryAdminSite"
