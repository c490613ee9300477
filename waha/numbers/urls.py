"""Addresses of numbers."""

from django.urls import path

from waha.numbers import calls_policy, journal, owner, queues, sharing, views

app_name = "numbers"

urlpatterns = [
    path("", views.number_list, name="list"),
    path("new/", views.number_add, name="add"),
    path("journal/", journal.journal_list, name="journal"),
    path("<int:pk>/journal/", journal.journal_number, name="journal-number"),
    path("<int:pk>/journal/replay/", journal.journal_replay, name="journal-replay"),
    path("<int:pk>/queue/", queues.queue, name="queue"),
    path("<int:pk>/queue/pause/", queues.queue_pause, name="queue-pause"),
    path("<int:pk>/queue/go-on/", queues.queue_go_on, name="queue-go-on"),
    path("<int:pk>/queue/pace/", queues.queue_pace, name="queue-pace"),
    path("<int:pk>/queue/<int:send>/cancel/", queues.queue_cancel, name="queue-cancel"),
    path(
        "<int:pk>/queue/planned/<int:planned>/cancel/",
        queues.planned_cancel,
        name="planned-cancel",
    ),
    path("<int:pk>/", views.number_detail, name="detail"),
    path("<int:pk>/calls/", calls_policy.number_calls, name="calls"),
    path("<int:pk>/sharing/", sharing.number_sharing, name="sharing"),
    path("<int:pk>/sharing/remove/", sharing.number_unshare, name="unshare"),
    path("<int:pk>/sharing/hand-over/", sharing.number_hand_over, name="hand-over"),
    path("<int:pk>/company/", owner.number_company, name="company"),
    path("<int:pk>/qr.png", views.number_qr, name="qr"),
    path("<int:pk>/start/", views.number_start, name="start"),
    path("<int:pk>/stop/", views.number_stop, name="stop"),
    path("<int:pk>/restart/", views.number_restart, name="restart"),
]
