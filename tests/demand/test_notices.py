"""What people are told, in their language, once, and on the channels they chose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demand.delivering import Letter, address, deliver_due
from demand.models import Category, Notice, NoticeDelivery, Pool, User
from demand.notices import SENTENCES, Message, mark_read, tell
from demand.sending import SendingFailed
from demand.web.notices import render, render_all
from tests.demand.conftest import NOW
from tests.demand.sms import KeptSender

pytestmark = pytest.mark.django_db


def message(user: User, kind: str = "campaign.locked", key: str = "k", link: str = "/my/", **params: Any) -> Message:
    return Message(user_id=user.pk, kind=kind, params=params, event_key=key, link=link)


def told(user: User, **given: Any) -> Notice:
    one = message(user, **given)
    with transaction.atomic():
        tell([one], now=NOW)
    return Notice.objects.get(user=user, event_key=one.event_key)


@pytest.fixture
def pool(catalogue: str) -> Pool:
    return Pool.objects.create(
        category=Category.objects.get(code="laptop"),
        specification={"screen_size": {"min": 17, "max": 17, "unit": "inch"}},
        spec_hash="x",
        state="open",
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_sentence_names_pool_money_and_date(ben: User, pool: Pool) -> None:
    notice = told(ben, kind="campaign.opened", pool_id=pool.pk, price_minor=690000, answer_on="2026-03-06")
    assert render(notice, language="en") == "Laptop · 17″ can be made for ¥6,900 or less. Confirm by Fri 6 March."
    assert "17″" in render(notice, language="zh-hans")
    assert "笔记本" in render(notice, language="zh-hans")


def test_a_notice_that_lacks_a_value_says_so_with_a_dash(ben: User) -> None:
    assert render(told(ben, kind="campaign.left"), language="en") == "You left —. Fee: —."
    assert render(told(ben, kind="campaign.closing", key="b", closes_on="soon", short=1200), language="en") == (
        "— closes on soon: 1,200 more are needed."
    )


def test_percent_signs_in_what_people_typed_do_no_harm(ben: User) -> None:
    notice = told(ben, kind="wish.withdrawn", wish="100% wool %(x)s <b>")
    assert render(notice, language="en") == "You withdrew your wish “100% wool %(x)s <b>”."


def test_every_kind_has_a_sentence_that_can_be_filled(ben: User) -> None:
    for kind in SENTENCES:
        assert render(told(ben, kind=kind, key=kind), language="zh-hant")


def test_naming_many_takes_as_many_queries_as_naming_two(ben: User, pool: Pool) -> None:
    notices = [told(ben, key=str(number), pool_id=pool.pk, total_minor=100) for number in range(40)]
    render_all(notices[:2], language="en")
    with CaptureQueriesContext(
        connection,
    ) as few:
        render_all(notices[:2], language="en")
    with CaptureQueriesContext(connection) as many:
        render_all(notices, language="en")
    assert len(few) == len(many) == 2


def test_marking_read_touches_ones_own_only(ana: User, ben: User) -> None:
    mine, other = told(ana), told(ben)
    assert mark_read(user_id=ana.pk, notice_id=other.pk, now=NOW) == 0
    assert mark_read(user_id=ana.pk, notice_id=mine.pk, now=NOW) == 1
    assert mark_read(user_id=ana.pk, notice_id=mine.pk, now=NOW + timedelta(days=1)) == 0
    mine.refresh_from_db()
    assert mine.read_at == NOW
    assert mark_read(user_id=ben.pk, now=NOW) == 1


def subscribe(user: User, *channels: str) -> None:
    User.objects.filter(pk=user.pk).update(notice_channels=list(channels))


def test_a_notice_goes_out_once_on_each_chosen_channel(ben: User, settings: Any) -> None:
    settings.SMS_SENDER = "tests.demand.sms.KeptSender"
    settings.SITE_URL = "https://wishmill.example/"
    KeptSender.outbox.clear()
    User.objects.filter(pk=ben.pk).update(phone="+8613800138000", phone_verified_at=NOW)
    subscribe(ben, "mail", "sms")
    told(ben, kind="wish.withdrawn", wish="a cat bed", link="/my/")
    done = deliver_due(now=NOW)
    assert (done.sent, done.put_off, done.failed) == (2, 0, 0)
    letter = mail.outbox[0]
    assert letter.to == ["ben@example.com"]
    assert letter.subject == "You withdrew your wish “a cat bed”."
    assert "https://wishmill.example/my/" in str(letter.body)
    expected = "Wishmill: You withdrew your wish “a cat bed”. https://wishmill.example/my/"
    assert KeptSender.outbox == [("+8613800138000", expected)]
    assert deliver_due(now=NOW + timedelta(days=1)).sent == 0
    assert set(NoticeDelivery.objects.values_list("state", "attempts", "sent_at")) == {("sent", 1, NOW)}


def refuse(letter: Letter) -> None:
    raise SendingFailed("mailbox full")


def test_a_refused_letter_is_tried_again_later_and_then_given_up(ana: User) -> None:
    subscribe(ana, "mail")
    told(ana)
    now, pauses = NOW, []
    while deliver_due(now=now, senders={"mail": refuse}).put_off:
        row = NoticeDelivery.objects.get()
        pauses.append((row.next_try_at - now).total_seconds() / 60)
        assert deliver_due(now=now, senders={"mail": refuse}).put_off == 0
        now = row.next_try_at
    row = NoticeDelivery.objects.get()
    assert pauses == [1, 2, 4, 8, 16]
    assert (row.state, row.attempts, row.error) == ("failed", 6, "SendingFailed: mailbox full")


def test_only_proven_addresses_are_written_to(ana: User) -> None:
    subscribe(ana, "mail", "sms")
    User.objects.filter(pk=ana.pk).update(email_verified_at=None)
    told(ana)
    assert deliver_due(now=NOW).failed == 2
    assert mail.outbox == []
    assert set(NoticeDelivery.objects.values_list("error", flat=True)) == {"no verified address on this channel"}
    ana.refresh_from_db()
    assert address(ana, "pigeon") == ""


def test_a_delivery_that_another_worker_holds_is_left_to_it(ana: User) -> None:
    subscribe(ana, "mail")
    told(ana)
    seen: list[int] = []

    def slow(letter: Letter) -> None:
        seen.append(deliver_due(now=NOW, senders={"mail": refuse}).put_off)

    assert deliver_due(now=NOW, senders={"mail": slow}).sent == 1
    assert seen == [0]


def test_a_worker_that_died_gives_its_delivery_back(ana: User) -> None:
    subscribe(ana, "mail")
    told(ana)

    def die(letter: Letter) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(now=NOW, senders={"mail": die})
    assert deliver_due(now=NOW + timedelta(minutes=4)).sent == 0
    assert deliver_due(now=NOW + timedelta(minutes=6)).sent == 1


def test_the_page_shows_unread_first_and_marks_read(client: Client, ben: User, ana: User) -> None:
    client.force_login(ben)
    client.cookies["django_language"] = "en"
    old = told(ben, kind="wish.withdrawn", key="a", wish="older one")
    told(ben, kind="wish.withdrawn", key="b", wish="newer one")
    foreign = told(ana, kind="wish.withdrawn", key="c", wish="someone else's")
    page = client.get("/notices/").content.decode()
    assert page.index("newer one") < page.index("older one")
    assert "someone else" not in page
    assert client.post(f"/notices/{old.pk}/open/").headers["Location"] == "/my/"
    assert client.post(f"/notices/{foreign.pk}/open/").status_code == 404
    assert client.get(f"/notices/{old.pk}/open/").status_code == 405
    assert Notice.objects.filter(read_at__isnull=True).count() == 2
    client.post("/notices/read/")
    assert Notice.objects.filter(user=ben, read_at__isnull=True).count() == 0
    assert Notice.objects.filter(user=ana, read_at__isnull=True).count() == 1


def test_the_page_takes_as_many_queries_for_many_as_for_two(client: Client, ben: User, pool: Pool) -> None:
    client.force_login(ben)
    counts = []
    for numbers in (range(2), range(2, 200)):
        for number in numbers:
            told(ben, key=str(number), pool_id=pool.pk, total_minor=100)
        client.get("/notices/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/notices/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_notices_are_for_who_signed_in(client: Client) -> None:
    assert client.get("/notices/").headers["Location"].startswith("/accounts/login/?next=/notices/")
