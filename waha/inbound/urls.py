"""Addresses that WAHA calls."""

from django.urls import path

from waha.inbound.webhook import webhook

app_name = "inbound"

urlpatterns = [path("<str:session_name>/", webhook, name="webhook")]
