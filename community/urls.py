from django.urls import URLPattern, URLResolver, path

from community.views import farmer, subscriber

urlpatterns: list[URLPattern | URLResolver] = [
    path("my/shifts/", subscriber.my_shifts, name="my_shifts"),
    path("f/<slug:farm>/desk/shifts/", farmer.desk_shifts, name="desk_shifts"),
    path("f/<slug:farm>/desk/shifts/<int:shift>/", farmer.desk_shift, name="desk_shift"),
    path("f/<slug:farm>/desk/hours/", farmer.desk_hours, name="desk_hours"),
]
