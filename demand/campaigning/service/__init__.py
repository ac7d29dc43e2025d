"""What happens in a campaign: one function per thing, one transaction each. Everything is called from here."""

from __future__ import annotations

from demand.campaigning.service.after import (
    Photo,
    answer_claim,
    decide_claim,
    file_claim,
    finish_due,
    record_progress,
)
from demand.campaigning.service.answering import (
    Left,
    bind_due,
    confirm,
    leave,
    leaving_terms,
    move_queue,
    place_for,
    refuse,
)
from demand.campaigning.service.asking import ask_more
from demand.campaigning.service.closing import cancel, close, close_due, close_early, mark_released
from demand.campaigning.service.consenting import answer_consent, ask_consent
from demand.campaigning.service.earmarking import earmark, earmark_all, release_earmarks
from demand.campaigning.service.opening import OpenedCampaign, VariantOffer, open_campaign
from demand.campaigning.service.places import Answered
from demand.campaigning.service.raising import raise_units
from demand.campaigning.service.settling import lapse_unmended, mend_hold, retry_unpaid, settle

__all__ = [
    "Answered",
    "Left",
    "OpenedCampaign",
    "Photo",
    "VariantOffer",
    "answer_claim",
    "answer_consent",
    "ask_consent",
    "ask_more",
    "bind_due",
    "cancel",
    "close",
    "close_due",
    "close_early",
    "confirm",
    "decide_claim",
    "earmark",
    "earmark_all",
    "file_claim",
    "finish_due",
    "lapse_unmended",
    "leave",
    "leaving_terms",
    "mark_released",
    "mend_hold",
    "move_queue",
    "open_campaign",
    "place_for",
    "raise_units",
    "record_progress",
    "refuse",
    "release_earmarks",
    "retry_unpaid",
    "settle",
]
