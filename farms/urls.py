from django.urls import URLPattern, URLResolver, path

from farms import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("farms/new/", views.start_farm, name="start_farm"),
    path("f/<slug:farm>/desk/settings/", views.desk_settings, name="desk_settings"),
]
