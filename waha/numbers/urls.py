"""Addresses of numbers."""

from django.urls import path

from waha.numbers import calls_policy, sharing, views

app_name = "numbers"

urlpatterns = [
    path("", views.number_list, name="list"),
    path("new/", views.number_add, name="add"),
    path("<int:pk>/", views.number_detail, name="detail"),
    path("<int:pk>/calls/", calls_policy.number_calls, name="calls"),
    path("<int:pk>/sharing/", sharing.number_sharing, name="sharing"),
    path("<int:pk>/sharing/remove/", sharing.number_unshare, name="unshare"),
    path("<int:pk>/sharing/hand-over/", sharing.number_hand_over, name="hand-over"),
    path("<int:pk>/qr.png", views.number_qr, name="qr"),
    path("<int:pk>/start/", views.number_start, name="start"),
    path("<int:pk>/stop/", views.number_stop, name="stop"),
    path("<int:pk>/restart/", views.number_restart, name="restart"),
]
