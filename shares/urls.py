from django.urls import URLPattern, URLResolver, path

from shares import webhooks
from shares.views import farmer, join, subscriber

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<slug:farm>/join/", join.join, name="join"),
    path("f/<slug:farm>/join/price/", join.join_price, name="join_price"),
    path("f/<slug:farm>/join/done/", join.join_done, name="join_done"),
    path("my/share/", subscriber.my_share, name="my_share"),
    path("my/money/", subscriber.my_money, name="my_money"),
    path("f/<slug:farm>/desk/people/", farmer.desk_people, name="desk_people"),
    path("f/<slug:farm>/desk/people/<int:number>/", farmer.desk_household, name="desk_household"),
    path("f/<slug:farm>/desk/money/", farmer.desk_money, name="desk_money"),
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
]
