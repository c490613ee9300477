"""Addresses of this part."""

from django.urls import URLPattern

app_name = "inbox"

urlpatterns: list[URLPattern] = []
