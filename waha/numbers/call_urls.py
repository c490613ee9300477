"""Addresses of calls."""

from django.urls import path

from waha.numbers import calls

app_name = "calls"

urlpatterns = [
    path("", calls.call_list, name="list"),
    path("<int:pk>/done/", calls.call_done, name="done"),
    path("<int:pk>/reopen/", calls.call_reopen, name="reopen"),
    path("<int:pk>/write/", calls.call_write, name="write"),
]
