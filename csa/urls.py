"""Every address of Hissa, by who goes there."""

from django.contrib import admin
from django.urls import include, path

from csa import views
from csa.my_data import views as my_data

urlpatterns = [
    path("", views.home, name="home"),
    path("home/", views.home_of_person, name="home_of_person"),
    path("my/data/", my_data.my_data, name="my_data"),
    path("my/data/export/", my_data.my_export, name="my_export"),
    path("my/data/end/", my_data.my_end, name="my_end"),
    path("", include("people.urls")),
    path("", include("farms.urls")),
    path("", include("shares.urls")),
    path("", include("community.urls")),
    path("", include("deliveries.urls")),
    path("accounts/", include("allauth.urls")),
    path("anymail/", include("anymail.urls")),
    path("admin/", admin.site.urls),
    path("health", views.health, name="health"),
    path("styleguide/", views.styleguide, name="styleguide"),
]

handler400 = "csa.views.not_understood"
