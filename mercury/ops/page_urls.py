"""Addresses of the pages of operations."""

from django.urls import path

from mercury.ops import pages

app_name = "ops"

urlpatterns = [
    path("", pages.index, name="index"),
    path("statements/", pages.statement_list, name="statements"),
    path("indexes/", pages.index_list, name="indexes"),
    path("sizes/", pages.size_list, name="sizes"),
    path("reports/", pages.report_list, name="reports"),
]
