"""Addresses of the live updates; `/events/` itself is the raw stream of mercury.asgi."""

from django.urls import path

from waha.inbox.views import live

app_name = "events"

urlpatterns = [
    path("token/", live.token, name="token"),
    path("poll/", live.poll, name="poll"),
]
