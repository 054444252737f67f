"""The addresses of people: their settings, the links in their letters, and in development the letters themselves."""

from django.urls import path

from people.views import letters, mail, settings

urlpatterns = [
    path("my/settings/", settings.my_settings, name="my_settings"),
    path("my/again/", settings.sign_in_again, name="sign_in_again"),
    path("i18n/setlang/", settings.set_language, name="set_language"),
    path("e/<str:token>/", letters.letter_link, name="letter_link"),
    path("mail/", mail.mail, name="mail"),
    path("mail/<str:name>/", mail.mail_letter, name="mail_letter"),
]
