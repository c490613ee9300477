"""Addresses for operators and machines."""

from django.urls import URLPattern, path

from mercury.ops import views

urlpatterns: list[URLPattern] = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metric_list, name="metrics"),
]
