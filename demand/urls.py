"""Addresses of the shopper pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from demand.web.views import campaigns, home, mine, pools, wishes

app_name = "demand"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("pools/", home.pools, name="pools"),
    path("pool/<uuid:public_id>/", pools.pool, name="pool"),
    path("pool/<uuid:public_id>/join/", pools.pool_join, name="pool_join"),
    path("wish/", wishes.wish_new, name="wish_new"),
    path("wish/read/", wishes.wish_read, name="wish_read"),
    path("wish/<uuid:public_id>/", mine.wish, name="wish"),
    path("wish/<uuid:public_id>/edit/", wishes.wish_edit, name="wish_edit"),
    path("wish/<uuid:public_id>/correct/", mine.wish_correct, name="wish_correct"),
    path("wish/<uuid:public_id>/preorder/", mine.wish_preorder, name="wish_preorder"),
    path("wish/<uuid:public_id>/withdraw/", mine.wish_withdraw, name="wish_withdraw"),
    path("wish/<uuid:public_id>/restore/", mine.wish_restore, name="wish_restore"),
    path("wish/<uuid:public_id>/claim/", mine.wish_claim, name="wish_claim"),
    path("my/", mine.my_wishes, name="my_wishes"),
    path("campaign/<uuid:public_id>/", campaigns.campaign, name="campaign"),
    path("campaign/<uuid:public_id>/join/", campaigns.campaign_join, name="campaign_join"),
    path("my/orders/<uuid:public_id>/", campaigns.commitment, name="commitment"),
    path("my/orders/<uuid:public_id>/confirm/", campaigns.confirm, name="commitment_confirm"),
    path("my/orders/<uuid:public_id>/more/", campaigns.more, name="commitment_more"),
    path("my/orders/<uuid:public_id>/refuse/", campaigns.refuse, name="commitment_refuse"),
    path("my/orders/<uuid:public_id>/leave/", campaigns.leave, name="commitment_leave"),
    path("my/orders/<uuid:public_id>/consent/", campaigns.consent, name="commitment_consent"),
    path("my/orders/<uuid:public_id>/mend/", campaigns.mend, name="commitment_mend"),
    path("my/orders/<uuid:public_id>/claim/", campaigns.claim, name="commitment_claim"),
    path("my/orders/photos/<int:photo_id>/", campaigns.claim_photo, name="claim_photo"),
    # One's own account: addresses, notices, settings.
    path("", include("demand.web.people_urls")),
]
