"""Addresses of files."""

from django.urls import path

from attachments import views

app_name = "attachments"

urlpatterns = [
    path("<uuid:key>/", views.file, name="file"),
    path("<uuid:key>/thumbnail/", views.thumbnail, name="thumbnail"),
]
