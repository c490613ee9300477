"""Addresses of the inbox."""

from django.urls import path

from waha.inbox.views import (
    access,
    calls,
    cards,
    changes,
    chats,
    details,
    exports,
    files,
    live,
    messages,
    new_chats,
    planned,
)

app_name = "inbox"

urlpatterns = [
    path("", chats.chat_list, name="list"),
    path("new/", new_chats.chat_new, name="chat-new"),
    path("rows/", chats.row_list, name="row-list"),
    path("live/", live.live, name="live"),
    path("marks/", live.marks, name="marks"),
    path("labels/", details.label_list, name="label-list"),
    path("files/<uuid:key>/", files.file_chats, name="file-chats"),
    path("<int:chat_id>/", chats.chat, name="chat"),
    path("<int:chat_id>/details/", details.chat_details, name="chat-details"),
    path("<int:chat_id>/members/", details.member_list, name="member-list"),
    path("<int:chat_id>/members/ask/", details.members_ask, name="members-ask"),
    path("<int:chat_id>/starred/", details.starred_list, name="starred-list"),
    path("<int:chat_id>/pinned/", details.pinned_list, name="pinned-list"),
    path("<int:chat_id>/labels/", details.chat_labels, name="chat-labels"),
    path("<int:chat_id>/labels/new/", details.label_add, name="label-add"),
    path("<int:chat_id>/archive/", chats.chat_archive, name="chat-archive"),
    path("<int:chat_id>/unarchive/", chats.chat_unarchive, name="chat-unarchive"),
    path("<int:chat_id>/unread-on-phone/", chats.chat_unread_on_phone, name="chat-unread-on-phone"),
    path("<int:chat_id>/access/", access.chat_access, name="chat-access"),
    path("<int:chat_id>/export/", exports.chat_export, name="chat-export"),
    path("<int:chat_id>/contact/", chats.chat_contact, name="chat-contact"),
    path("<int:chat_id>/read/", chats.chat_read, name="chat-read"),
    path("<int:chat_id>/unread/", chats.chat_unread, name="chat-unread"),
    path("<int:chat_id>/send/files/", files.files_send, name="files-send"),
    path("<int:chat_id>/send/place/", cards.location_send, name="location-send"),
    path("<int:chat_id>/send/contact/", cards.contact_send, name="contact-send"),
    path("<int:chat_id>/send/poll/", cards.poll_send, name="poll-send"),
    path("<int:chat_id>/pin/", chats.chat_pin, name="chat-pin"),
    path("<int:chat_id>/unpin/", chats.chat_unpin, name="chat-unpin"),
    path("<int:chat_id>/messages/", messages.message_list, name="message-list"),
    path("<int:chat_id>/send/", messages.message_send, name="message-send"),
    path("<int:chat_id>/calls/<int:call_id>/", calls.call_entry, name="call-entry"),
    path("<int:chat_id>/calls/<int:call_id>/done/", calls.call_done, name="call-done"),
    path("<int:chat_id>/calls/<int:call_id>/reopen/", calls.call_reopen, name="call-reopen"),
    path("<int:chat_id>/later/", planned.planned_list, name="planned-list"),
    path(
        "<int:chat_id>/later/<int:planned>/cancel/", planned.planned_cancel, name="planned-cancel"
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/fetch/",
        messages.message_fetch,
        name="message-fetch",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/retry/",
        messages.message_retry,
        name="message-retry",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/confirm/",
        messages.message_confirm,
        name="message-confirm",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/actions/",
        changes.message_actions,
        name="message-actions",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/react/",
        changes.message_react,
        name="message-react",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/star/",
        changes.message_star,
        name="message-star",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/pin/",
        changes.message_pin,
        name="message-pin",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/edit/",
        changes.message_edit,
        name="message-edit",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/delete/",
        changes.message_delete,
        name="message-delete",
    ),
    path(
        "<int:chat_id>/messages/<int:message_id>/discard/",
        messages.message_discard,
        name="message-discard",
    ),
]
