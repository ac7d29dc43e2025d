"""The pieces of templates/components with figures to draw them by, in English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.utils import translation

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "What do you wish existed?",
        "placeholder": "a quiet 17-inch gaming laptop under ¥7,000",
        "reached": "reached",
        "close": "Almost there",
        "missed": "missed",
        "understood": "What was understood",
        "growth": "Units wanted, by week",
        "ladder": "Price ladder",
        "colours": "Colours",
        "join": "Join",
        "includes": "Includes VAT, freight to Sichuan and the platform fee.",
        "empty": "No wishes yet",
        "empty_text": "What you wish for appears here, with how close it is.",
        "promise": "Nothing is charged until 500 people agree.",
        "laptop": "17″ gaming laptop, quiet",
        "bed": "Washable cat bed with a removable cushion for two cats",
        "lamp": "Mini wall washer",
        "black": "black",
        "white": "white",
        "orange": "coral orange",
        "wish": "Wish",
        "campaign": "Campaign",
        "delivered": "Delivered",
        "note": "A maker agreed. Confirm by Friday or your place goes to someone else.",
        "confirm": "Confirm",
        "price": "Price",
        "units": "Units",
        "ready": "Ready",
        "notice": "Your laptop reached its minimum.",
        "quiet": "quiet",
        "how_quiet": "How quiet should it be?",
        "each": "≤ ¥7,000 each",
        "quiet_words": "not loud",
    },
    "zh-hans": {
        "title": "你希望有什么?",
        "placeholder": "想要安静的17寸游戏本,7000以内",
        "reached": "已达成",
        "close": "快成了",
        "missed": "未达成",
        "understood": "我们读懂的",
        "growth": "每周想要的件数",
        "ladder": "阶梯价",
        "colours": "颜色",
        "join": "加入拼单",
        "includes": "含增值税、到四川的运费和平台费。",
        "empty": "还没有愿望",
        "empty_text": "你的愿望会出现在这里,并写明还差多少。",
        "promise": "满500人同意之前不收任何费用。",
        "laptop": "17寸安静游戏本",
        "bed": "可拆洗双猫猫窝,带可拆卸坐垫",
        "lamp": "迷你洗墙灯",
        "black": "黑色",
        "white": "白色",
        "orange": "珊瑚橙",
        "wish": "愿望",
        "campaign": "预订",
        "delivered": "送达",
        "note": "有厂家同意了。请在周五前确认,否则名额会让给别人。",
        "confirm": "确认",
        "price": "价格",
        "units": "件数",
        "ready": "交期",
        "notice": "你的笔记本达到了起订量。",
        "quiet": "安静",
        "how_quiet": "要多安静?",
        "each": "每台不超过 ¥7,000",
        "quiet_words": "不吵",
    },
}


class JoinForm(forms.Form):
    quantity = forms.IntegerField(min_value=1, widget=forms.NumberInput(attrs={"class": "form-control"}))
    region = forms.ChoiceField(
        choices=[("", "—"), ("sc", "Sichuan 四川")],
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="四川",
    )
    agree = forms.BooleanField(required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))


def context(language: str) -> dict[str, Any]:
    words = WORDS[language]
    before = {"firm_units": 412, "expected_units": 310, "minimum_units": 500, "price_minor": 649900, "next_units": 1000}
    before |= {"next_price_minor": 599900, "people": 390}
    after = before | {"firm_units": 812, "expected_units": 120}
    seeking = {"people": 312, "trend": [4, 9, 8, 22, 31, 54, 60], "minimum_units": None}
    return (
        {
            "words": words,
            "now": NOW,
            "before": before,
            "after": after,
            "seeking": seeking,
            "role": "shopper",
            "unread_notices": 3,
            "my_open_wishes": 2,
            "messages": [Message(constants.SUCCESS, words["notice"])],
            "pools": [
                {
                    "url": "/",
                    "title": words["lamp"],
                    "progress": before | {"firm_units": 455},
                    "state_kind": "warn",
                    "state_text": words["close"],
                    "closes_at": NOW + timedelta(days=9),
                },
                {
                    "url": "/",
                    "title": words["bed"],
                    "progress": after,
                    "state_kind": "good",
                    "state_text": words["reached"],
                },
                {"url": "/", "title": words["laptop"], "progress": seeking},
            ],
            "chips": [
                {
                    "key": "category",
                    "label": words["laptop"],
                    "evidence": "游戏本",
                    "options": [("a", "A")],
                    "value": "a",
                },
                {"key": "price", "label": words["each"], "evidence": "7000以内", "value": "7000"},
                {
                    "key": "noise",
                    "label": words["quiet"],
                    "evidence": words["quiet_words"],
                    "doubtful": True,
                    "nice": True,
                    "question": words["how_quiet"],
                    "value": "",
                },
            ],
        }
        | _charts(words)
        | _journey(words)
    )


def _charts(words: dict[str, str]) -> dict[str, Any]:
    return {
        "curve": {
            "points": [
                {"price_minor": price * 100, "units": units, "low": units * 0.85, "high": units * 1.15}
                for price, units in ((4900, 1610), (5310, 1240), (5900, 700), (6500, 420), (7000, 260))
            ],
            "moq": 500,
            "here_price_minor": 531000,
        },
        "evidence": {
            "total": 1240,
            "firm_units": 412,
            "low": 1090,
            "high": 1400,
            "level": 0.8,
            "parts": [{"share": 0.31, "of": 2310, "label": "wishes"}, {"share": 0.04, "of": 2800, "label": "carts"}],
        },
        "growth": [
            {"label": f"W{week}", "units": units} for week, units in enumerate((40, 64, 90, 152, 260, 330, 412), 1)
        ],
        "changes": [
            {"label": words["price"], "old": 531000, "new": 549000, "kind": "money"},
            {"label": words["units"], "old": 1200, "new": 1160, "kind": "units"},
            {"label": words["ready"], "old": NOW + timedelta(days=30), "new": NOW + timedelta(days=37), "kind": "day"},
        ],
        "steps": [
            {"min_units": 500, "price_minor": 649900, "reached": True},
            {"min_units": 200, "price_minor": 689900, "reached": True},
            {"min_units": 1000, "price_minor": 599900, "more_units": 188},
            {"min_units": 2000, "price_minor": 549900, "more_units": 1240},
        ],
        "mix": [
            {"label": words["black"], "units": 240},
            {"label": words["white"], "units": 130},
            {"label": words["orange"], "units": 42, "few": True},
            {"label": "—", "units": None},
        ],
    }


def _journey(words: dict[str, str]) -> dict[str, Any]:
    return {
        "notices": [
            {"text": words["notice"], "created_at": NOW - timedelta(hours=2), "read": False, "url": "/"},
            {"text": words["note"], "created_at": NOW - timedelta(days=3), "read": True},
        ],
        "form": JoinForm({"quantity": "0", "region": "", "agree": "on"}),
        "journey": [
            {"label": words["wish"], "state": "done", "date": NOW - timedelta(days=20)},
            {"label": words["campaign"], "state": "now", "date": NOW + timedelta(days=3), "note": words["note"]},
            {
                "label": words["delivered"],
                "state": "next",
                "first": NOW + timedelta(days=40),
                "last": NOW + timedelta(days=47),
            },
        ],
        "action": {"label": words["confirm"], "url": "/", "amount_minor": 649900},
    }


def pages_engine() -> DjangoTemplates:
    """The project's templates without its context processors, so that nothing asks a database."""
    processors = ["django.template.context_processors.request", "django.template.context_processors.i18n"]
    folder = Path(__file__).parents[2] / "templates"
    options = {"context_processors": processors}
    return DjangoTemplates({"NAME": "gallery", "DIRS": [folder], "APP_DIRS": True, "OPTIONS": options})


def render(language: str) -> str:
    """The gallery as one page."""
    source = (Path(__file__).parent / "gallery.html").read_text("utf-8")
    with translation.override(language):
        return str(pages_engine().from_string(source).render(context(language), RequestFactory().get("/home/")))


def render_page(name: str, language: str) -> str:
    """One of the project's own pages that need no figures, such as a refusal."""
    with translation.override(language):
        request = RequestFactory().get("/home/")
        return str(pages_engine().get_template(name).render({"role": "anonymous", "now": NOW}, request))
