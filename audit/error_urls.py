"""Addresses of the error log."""

from django.urls import path

from audit import error_views

app_name = "errors"

urlpatterns = [
    path("", error_views.error_list, name="list"),
    path("<int:pk>/", error_views.error_detail, name="detail"),
    path("<int:pk>/resolve/", error_views.error_resolve, name="resolve"),
    path("<int:pk>/reopen/", error_views.error_reopen, name="reopen"),
]
