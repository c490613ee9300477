"""Addresses of files."""

from django.urls import path

from attachments import upload_views, views

app_name = "attachments"

urlpatterns = [
    path("<uuid:key>/", views.file, name="file"),
    path("picture/", upload_views.own_picture, name="own-picture"),
    path("on/<str:label>/<int:pk>/", upload_views.upload, name="upload"),
    path("<uuid:key>/edit/", upload_views.file_edit, name="edit"),
    path("<uuid:key>/replace/", upload_views.file_replace, name="replace"),
    path("<uuid:key>/move/", upload_views.file_move, name="move"),
    path("<uuid:key>/delete/", upload_views.file_delete, name="delete"),
    path("<uuid:key>/restore/", upload_views.file_restore, name="restore"),
    path("<uuid:key>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("<uuid:key>/playable/", views.playable, name="playable"),
]
