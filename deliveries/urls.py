from django.urls import URLPattern, URLResolver, path

from deliveries.views import farmer, harvest, lists, season, subscriber, volunteer

urlpatterns: list[URLPattern | URLResolver] = [
    path("c/<str:token>/", volunteer.check_in, name="check_in"),
    path("c/<str:token>/tap/", volunteer.tap, name="tap"),
    path("my/", subscriber.my, name="my"),
    path("my/season/", subscriber.my_season, name="my_season"),
    path("my/week/<str:date>/", subscriber.my_week, name="my_week"),
    path("f/<slug:farm>/desk/", farmer.desk, name="desk"),
    path("f/<slug:farm>/desk/pickups/", farmer.desk_pickups, name="desk_pickups"),
    path("f/<slug:farm>/desk/pickups/<str:date>/", farmer.pickups, name="pickups"),
    path("f/<slug:farm>/desk/pickups/<str:date>/<int:site>/link/", farmer.pickup_link, name="pickup_link"),
    path("f/<slug:farm>/desk/pickups/<str:date>/<int:site>/cancel/", farmer.cancel_pickup, name="cancel_pickup"),
    path("f/<slug:farm>/desk/harvest/", harvest.next_harvest, name="harvests"),
    path("f/<slug:farm>/desk/harvest/<str:date>/", harvest.harvest, name="harvest"),
    path("f/<slug:farm>/desk/harvest/<str:date>/rows/", harvest.harvest_rows, name="harvest_rows"),
    path("f/<slug:farm>/desk/harvest/<str:date>/days/", harvest.harvest_days, name="harvest_days"),
    path("f/<slug:farm>/desk/harvest/<str:date>/repeat/", harvest.harvest_repeat, name="harvest_repeat"),
    path("f/<slug:farm>/desk/harvest/<str:date>/paste/", harvest.harvest_paste, name="harvest_paste"),
    path("f/<slug:farm>/desk/harvest/<str:date>/publish/", harvest.harvest_publish, name="harvest_publish"),
    path("f/<slug:farm>/desk/harvest/<str:date>/progress/", harvest.harvest_progress, name="harvest_progress"),
    path("f/<slug:farm>/desk/lists/", lists.lists, name="lists"),
    path("f/<slug:farm>/desk/lists/<str:date>/", lists.lists, name="lists"),
    path("f/<slug:farm>/desk/lists/<str:date>/<int:printed>.pdf", lists.printed_list, name="printed_list"),
    path("f/<slug:farm>/desk/seasons/<int:season>/report/", season.season_report, name="season_report"),
]
