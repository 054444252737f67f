from django.urls import URLPattern, URLResolver, path

from deliveries.views import subscriber

urlpatterns: list[URLPattern | URLResolver] = [
    path("my/", subscriber.my, name="my"),
    path("my/season/", subscriber.my_season, name="my_season"),
    path("my/week/<str:date>/", subscriber.my_week, name="my_week"),
]
