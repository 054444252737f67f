from django.urls import URLPattern, URLResolver, path

from farms.views import desk

urlpatterns: list[URLPattern | URLResolver] = [
    path("farms/new/", desk.start_farm, name="start_farm"),
    path("f/<slug:farm>/desk/settings/", desk.desk_settings, name="desk_settings"),
]
