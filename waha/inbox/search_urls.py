"""Addresses of search."""

from django.urls import path

from waha.inbox.views import search

app_name = "search"

urlpatterns = [
    path("", search.search, name="list"),
    path("quick/", search.quick, name="quick"),
    path("recent/clear/", search.recent_clear, name="recent-clear"),
]
