"""Addresses of numbers."""

from django.urls import path

from waha.numbers import (
    actions,
    calls_policy,
    journal,
    labels,
    owner,
    queues,
    servers,
    sharing,
    views,
)

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
    path("<int:pk>/labels/", labels.label_list, name="labels"),
    path("<int:pk>/labels/<int:label>/", labels.label_change, name="label-change"),
    path("<int:pk>/labels/<int:label>/delete/", labels.label_delete, name="label-delete"),
    path("<int:pk>/sharing/", sharing.number_sharing, name="sharing"),
    path("<int:pk>/sharing/remove/", sharing.number_unshare, name="unshare"),
    path("<int:pk>/sharing/hand-over/", sharing.number_hand_over, name="hand-over"),
    path("<int:pk>/company/", owner.number_company, name="company"),
    path("<int:pk>/qr.png", views.number_qr, name="qr"),
    path("<int:pk>/states/", views.number_states, name="states"),
    path("<int:pk>/settings/", views.number_settings, name="settings"),
    path("<int:pk>/start/", actions.number_start, name="start"),
    path("<int:pk>/stop/", actions.number_cut, {"what": "stop"}, name="stop"),
    path("<int:pk>/restart/", actions.number_cut, {"what": "restart"}, name="restart"),
    path("<int:pk>/log-out/", actions.number_cut, {"what": "log-out"}, name="log-out"),
    path("<int:pk>/remove/", actions.number_cut, {"what": "remove"}, name="remove"),
    path("<int:pk>/adopt/", actions.number_adopt, name="adopt"),
    path("<int:pk>/turn-away/", actions.number_turn_away, name="turn-away"),
    path("<int:pk>/code/", actions.number_code, name="code"),
    path("<int:pk>/passkey/", actions.number_passkey, name="passkey"),
    path("<int:pk>/check/", actions.number_check, name="check"),
    path("<int:pk>/fetch/", actions.number_fetch, name="fetch"),
    path("<int:pk>/older/", actions.number_older, name="older"),
    path("servers/", servers.server_list, name="servers"),
    path("servers/new/", servers.server_add, name="server-add"),
    path("servers/<int:pk>/", servers.server_detail, name="server"),
    path("servers/<int:pk>/check/", servers.server_check, name="server-check"),
]
