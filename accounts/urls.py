"""Addresses of one's own account, of invitations and of the mails of an embedded installation."""

from django.urls import path

from accounts.views import invitations, mails, people, profile

app_name = "accounts"

urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("profile/browsers/end/", profile.browser_end_others, name="browser-end-others"),
    path("profile/browsers/<int:pk>/end/", profile.browser_end, name="browser-end"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/invite/", people.invite_again, name="invite-again"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("outbox/", mails.outbox, name="outbox"),
]
