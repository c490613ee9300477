"""Addresses of calls."""

from django.urls import path

from waha.numbers import calls

app_name = "calls"

urlpatterns = [path("", calls.call_list, name="list")]
