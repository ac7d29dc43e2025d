"""Addresses of the portal, all below /maker/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from manufacturers.web import blueprint, calendars, exports, inbox, market, moving, offers, orders, plan, proposal

app_name = "manufacturers"

_proposal = [
    path("", proposal.proposal, name="proposal"),
    path("accept/", proposal.accept, name="proposal_accept"),
    path("decline/", proposal.decline, name="proposal_decline"),
    path("counter/", proposal.counter, name="proposal_counter"),
    path("message/", proposal.message, name="proposal_message"),
    path("files/<int:message_id>/", proposal.attachment, name="proposal_file"),
    path("proposal.csv", blueprint.proposal_csv, name="proposal_csv"),
    path("proposal.json", blueprint.proposal_json, name="proposal_json"),
]
_plan = [
    path("", plan.plan, name="plan"),
    path("plan.csv", exports.plan_csv, name="plan_csv"),
    path("plan.xlsx", exports.plan_xlsx, name="plan_xlsx"),
    path("plan.ics", exports.plan_ics, name="plan_ics"),
    path("plan.json", exports.plan_json, name="plan_json"),
    path("what-if/", moving.what_if, name="what_if"),
    path("<uuid:public_id>/adopt/", moving.adopt, name="what_if_adopt"),
    path("<uuid:public_id>/drop/", moving.drop, name="what_if_drop"),
    path("<uuid:public_id>/lots/<uuid:order>/", plan.lot, name="lot"),
    path("<uuid:public_id>/lots/<uuid:order>/move/", moving.move, name="move"),
    path("<uuid:public_id>/lots/<uuid:order>/undo/", moving.undo, name="undo_move"),
    path("<uuid:public_id>/lots/<uuid:order>/freeze/", moving.freeze, name="freeze"),
]
_portal: list[URLPattern | URLResolver] = [
    path("", inbox.inbox, name="inbox"),
    path("proposals.csv", inbox.proposals_csv, name="proposals_csv"),
    path("proposals/<uuid:public_id>/", include(_proposal)),
    path("plan/", include(_plan)),
    path("offers/", offers.offers, name="offers"),
    path("offers/new/", offers.offer_new, name="offer_new"),
    path("offers/<uuid:public_id>/", offers.offer, name="offer"),
    path("offers/<uuid:public_id>/state/", offers.offer_state, name="offer_state"),
    path("offers/<uuid:public_id>/capacity/", offers.capacity, name="capacity"),
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/exceptions/<int:exception_id>/drop/", calendars.exception_drop, name="exception_drop"),
    path("lines/new/", calendars.line_new, name="line_new"),
    path("lines/<uuid:public_id>/", calendars.line, name="line"),
    path("orders/<uuid:public_id>/", orders.order, name="order"),
    path("releases/", orders.releases, name="releases"),
    path("releases/<uuid:public_id>/", orders.release, name="release"),
    path("releases/<uuid:public_id>/release.csv", orders.release_csv, name="release_csv"),
    path("releases/<uuid:public_id>/acknowledge/", orders.release_ack, name="release_ack"),
    path("claims/", orders.claims, name="claims"),
    path("claims/<uuid:public_id>/photos/<int:place>/", orders.claim_photo, name="claim_photo"),
    path("market/", market.market, name="market"),
    path("market.csv", market.market_csv, name="market_csv"),
]
urlpatterns = [path("maker/", include(_portal))]
