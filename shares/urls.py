from django.urls import URLPattern, URLResolver, path

from shares import webhooks
from shares.views import books, documents, farmer, join, public, refunds, subscriber, wizard

urlpatterns: list[URLPattern | URLResolver] = [
    path("farms/", public.find_farm, name="find_farm"),
    path("f/<slug:farm>/", public.farm, name="farm"),
    path("f/<slug:farm>/desk/seasons/", wizard.seasons, name="seasons"),
    path("f/<slug:farm>/desk/seasons/new/", wizard.new_season, name="new_season"),
    path("f/<slug:farm>/desk/seasons/<int:season>/when/", wizard.season_when, name="season_when"),
    path("f/<slug:farm>/desk/seasons/<int:season>/where/", wizard.season_where, name="season_where"),
    path("f/<slug:farm>/desk/seasons/<int:season>/what/", wizard.season_what, name="season_what"),
    path("f/<slug:farm>/desk/seasons/<int:season>/check/", wizard.season_check, name="season_check"),
    path("f/<slug:farm>/desk/seasons/<int:season>/copy/", wizard.copy_season, name="copy_season"),
    path("f/<slug:farm>/join/", join.join, name="join"),
    path("f/<slug:farm>/join/price/", join.join_price, name="join_price"),
    path("f/<slug:farm>/join/done/", join.join_done, name="join_done"),
    path("my/share/", subscriber.my_share, name="my_share"),
    path("my/money/", subscriber.my_money, name="my_money"),
    path("f/<slug:farm>/desk/people/", farmer.desk_people, name="desk_people"),
    path("f/<slug:farm>/desk/people/<int:number>/", farmer.desk_household, name="desk_household"),
    path("f/<slug:farm>/desk/people/<int:number>/refund/<int:payment>/", refunds.refund, name="refund"),
    path("f/<slug:farm>/desk/money/", farmer.desk_money, name="desk_money"),
    path("f/<slug:farm>/desk/money/reconcile/", books.desk_reconcile, name="desk_reconcile"),
    path("f/<slug:farm>/desk/money/journal/", books.desk_journal, name="desk_journal"),
    path("f/<slug:farm>/desk/money/invoices/", documents.desk_invoices, name="desk_invoices"),
    path("f/<slug:farm>/invoices/<int:year>-<int:serial>.pdf", documents.invoice, name="invoice"),
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
]
