"""Where a wish is, in a sentence, a badge, a timeline and the one thing its shopper can do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from demand.campaigning import reads as campaigning
from demand.models import Commitment, Wish
from demand.pooling.reads.pages import OwnWish
from demand.templatetags.wishmill import day, money, units
from demand.web import presenting

STATES = {"done": "done", "now": "now", "ahead": "next", "failed": "missed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a wish stands. ``kind`` is good | warn | bad | plain; ``action`` as in ``timeline.html`` or ``None``."""

    kind: str
    label: str
    sentence: str
    action: dict[str, Any] | None


def of(own: OwnWish, commitment: Commitment | None) -> Standing:
    """The standing of a wish with its pool and its newest place in a campaign, all loaded."""
    wish = own.wish
    plain = _BY_STATE.get(wish.state)
    if plain is not None and wish.state in ("withdrawn", "expired", "draft", "asking"):
        return plain(wish)
    if commitment is not None and commitment.state in _BY_PLACE:
        return _in_campaign(commitment)
    if commitment is not None and commitment.state in _OUT and commitment.campaign.state == "open":
        return of_place(own, commitment)
    if own.card is None:
        return Standing(
            kind="plain", label=_("waiting"), sentence=_("We look for others who want the same."), action=None
        )
    sentence = presenting.distance_sentence(own.card)
    collecting = own.card.being_made or own.card.min_units is not None
    label = _("collecting") if collecting else _("looking for a maker")
    return Standing(kind="plain", label=label, sentence=sentence, action=None)


def of_place(own: OwnWish, place: Commitment) -> Standing:
    """The standing of one's place on its own page, where an answer of no stands as long as the page does."""
    if place.state not in _OUT:
        return of(own, place)
    label, sentence = _OUT[place.state]
    said = [str(sentence)]
    if place.state == "left" and place.fee_minor:
        said.append(_("The fee was %(fee)s.") % {"fee": money(place.fee_minor)})
    if own.wish.state in ("open", "committed"):
        said.append(_("Your wish stays on the list."))
    if place.campaign.state != "open":
        return Standing(kind="plain", label=str(label), sentence=" ".join(said), action=None)
    said.append(_("Until %(closes)s you may still say yes.") % {"closes": day(place.campaign.closes_at)})
    look = {"label": _("Look again"), "url": reverse("demand:commitment", args=[place.public_id]), "method": "get"}
    return Standing(kind="plain", label=str(label), sentence=" ".join(said), action=look)


def _draft(wish: Wish) -> Standing:
    return Standing(
        kind="warn",
        label=_("not counted yet"),
        sentence=_("This wish is kept in this browser. Sign in, and it counts."),
        action=None,
    )


def _asking(wish: Wish) -> Standing:
    return Standing(
        kind="warn",
        label=_("one question"),
        sentence=_("We could not tell what kind of thing this is. Answer one question, and we look for others."),
        action=None,
    )


def _withdrawn(wish: Wish) -> Standing:
    return Standing(
        kind="plain", label=_("withdrawn"), sentence=_("You took this wish back. It no longer counts."), action=None
    )


def _expired(wish: Wish) -> Standing:
    return Standing(
        kind="plain",
        label=_("over"),
        sentence=_("The day you needed this by is over. Change it to go on."),
        action=None,
    )


_BY_STATE = {"draft": _draft, "asking": _asking, "withdrawn": _withdrawn, "expired": _expired}
_OUT = {
    "refused": (gettext_lazy("you said no"), gettext_lazy("You said no to this offer.")),
    "left": (gettext_lazy("you left"), gettext_lazy("You left this order.")),
    "lapsed": (gettext_lazy("not answered"), gettext_lazy("The time to answer is over; silence is no.")),
}
_BY_PLACE = ("asked", "announced", "queued", "confirmed", "delivered", "returned")


def _in_campaign(place: Commitment) -> Standing:
    campaign = place.campaign
    total = money(place.total_minor)
    facts = {
        "price": money(place.unit_price_minor),
        "total": total,
        "units": units(place.units),
        "day": day(place.answer_by),
        "closes": day(campaign.closes_at),
    }
    to_place = reverse("demand:commitment", args=[place.public_id])
    look = {"label": _("See your order"), "url": to_place, "method": "get"}
    decide = {"label": _("Look and decide"), "url": to_place, "method": "get"}
    if place.state == "asked":
        if campaign.state != "open":
            return Standing(kind="plain", label=_("over"), sentence=_("This offer closed without you."), action=None)
        said = _("A maker can make it for %(price)s each or less. Say yes or no by %(closes)s; silence is no.")
        return Standing(kind="good", label=_("decide now"), sentence=said % facts, action=decide)
    if place.state == "announced":
        facts["day"] = day(place.binds_at)
        said = _("Your pre-order becomes binding on %(day)s at %(price)s each or less, unless you refuse.")
        return Standing(kind="good", label=_("binds soon"), sentence=said % facts, action=decide)
    if place.state == "queued":
        said = _("All places are taken. You are in the queue; nothing is held.")
        return Standing(kind="warn", label=_("in the queue"), sentence=said, action=look)
    if place.state == "returned":
        said = _("It did not come about. Nothing was charged, and what was held goes back to you.")
        return Standing(kind="bad", label=_("did not come about"), sentence=said, action=look)
    if place.state == "delivered":
        said = _("Delivered. Tell us within 7 days if something is wrong.")
        return Standing(kind="good", label=_("delivered"), sentence=said, action=look)
    return Standing(kind="good", label=_progress_label(campaign.state), sentence=_confirmed(place, facts), action=look)


def _progress_label(state: str) -> str:
    return {
        "open": _("confirmed"),
        "consent": _("asks you again"),
        "production": _("in production"),
        "shipped": _("on its way"),
    }.get(state, _("will be made"))


def _confirmed(place: Commitment, facts: dict[str, str]) -> str:
    state = place.campaign.state
    if state == "open":
        said = _("You are in with %(units)s, at most %(total)s. Charged only if the minimum is reached by %(closes)s.")
    elif state == "consent":
        said = _("Something would change. Say yes or no; silence is no.")
    elif state == "production":
        said = _("It is being made. You pay %(total)s at most.")
    elif state == "shipped":
        said = _("It is on its way to you.")
    else:
        said = _("The minimum was reached: it will be made. You pay %(total)s at most.")
    return said % facts


def questions(open_ones: list[Commitment], shown: Commitment | None, said: presenting.Words) -> list[dict[str, Any]]:
    """The other offers that ask a wish, the cheapest first, beside the place that its standing speaks of.

    None where the wish has a place for good; one that only binds soon, or queues, may still be left for them.
    """
    if shown is not None and shown.state in ("confirmed", "delivered"):
        return []
    return [
        {
            "title": said.title(
                one.campaign.specification or one.campaign.pool.specification, one.campaign.pool.category.code
            ),
            "price_minor": one.unit_price_minor,
            "closes_at": one.campaign.closes_at,
            "url": reverse("demand:commitment", args=[one.public_id]),
        }
        for one in open_ones
        if shown is None or one.pk != shown.pk
    ]


def timeline(own: OwnWish, commitment: Commitment | None) -> list[dict[str, Any]]:
    """Steps of ``timeline.html``."""
    supply = "" if own.card is None else own.card.supply
    steps = campaigning.timeline(own.wish, own.membership, commitment, terms=supply)
    over = own.wish.state in ("withdrawn", "expired")
    names = {
        "wish": _("Wish"),
        "pool": _("Group with others"),
        "proposal": _("Put to a maker"),
        "campaign": _("Firm price, you confirm"),
        "production": _("Production"),
        "shipped": _("On its way"),
        "delivered": _("Delivered"),
    }
    return [
        {
            "label": names[step.kind],
            "state": "next" if over and step.state == "now" else STATES[step.state],
            "date": step.on,
            "first": step.expected_from,
            "last": step.expected_to,
        }
        for step in steps
    ]
