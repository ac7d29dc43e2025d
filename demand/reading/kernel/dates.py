"""By when something is needed: calendar dates, months, weekdays, feasts and spans, relative to a given day."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .numerals import chinese_value

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH = "|".join(f"{name}|{name[:3]}|{name[:4]}" for name in _MONTHS)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_FEASTS = {
    "圣诞节?|christmas|xmas": (12, 25), "元旦|新年|new year'?s?(?: day| eve)?": (1, 1), "情人节|"
    "valentine'?s?(?: day)?": (2, 14),
    "妇女节|三八": (3, 8), "五一|劳动节|labou?r day": (5, 1), "六一|儿童节|children'?s day": (6, 1), "618|"
    "六一八": (6, 18), "国庆节?|十一(?!月)": (10, 1),
    "(?<!每)双(?:十一|11(?!\\d))": (11, 11), "(?<!每)双(?:十二|12(?!\\d))": (12, 12),
    "教师节": (9, 10), "万圣节|halloween": (10, 31),
    "平安夜|christmas eve": (12, 24), "开学|back to school": (9, 1),
    "尾牙": (1, 15),
}  # fmt: skip
_LUNAR_NEW_YEAR = {2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11),
                   2033: (1, 31), 2034: (2, 19), 2035: (2, 8), 2036: (1, 28)}  # fmt: skip
_BY = r"(?:(?:needed |need it |delivered |arrives? |arriving )?(?:by|before|no later than|until|latest)\s+(?:the )?)"
_END = r"(?:之前|以前|前|底前|底|内|到货|能到|要到|要用|要|到手|收到|送到|交货|到(?![处底]))"


@dataclass(frozen=True, slots=True)
class Due:
    """A day by which something is needed, and the half-open place it is said at."""

    day: date
    start: int
    end: int


def find(text: str, *, today: date) -> Due | None:
    """The first deadline a folded text names, as a day not before ``today``; ``None`` when it names none."""
    found: list[Due] = []
    if not _HINT.search(text):
        return None
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            day = resolve(match, today)
            if day is not None:
                found.append(Due(day, match.start(), match.end()))
    return min(found, key=lambda due: (due.start, -due.end)) if found else None


def places(text: str) -> list[tuple[int, int]]:
    """Half-open places that hold dates, so that their numbers are not read as amounts."""
    if not _HINT.search(text):
        return []
    return [match.span() for pattern in (*(rule[0] for rule in _RULES), _ANY_DATE) for match in pattern.finditer(text)]


_HINT = re.compile(
    rf"[月天日周年节夜夕旦天拜]|双十|双1|618|六一八|三八|五一|六一|十一|星期|开学|尾牙|(?<![a-z])(?:by|before|"
    rf"until|within|in|"
    rf"latest|later|no|day|{_MONTH})(?![a-z])|20\d\d|christmas|xmas|halloween|new year"
)
_ANY_DATE = re.compile(
    rf"{_N}月(?:{_N}[日号]?)?|(?:19|20)\d\d年|腊月{_N}|(?<![a-z])(?:{_MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?(?!\d)|"
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})(?![a-z])|(?<!每)双(?:十一|十二|"
    rf"1[12](?!\d))|618(?![\d.])|五一|"
    rf"十一(?=前|期间|假|长假)"
)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else int(chinese_value(word) or 0)


def _next(month: int, day: int, today: date) -> date | None:
    """The next such day, today included; ``None`` for a day that does not exist."""
    if not 1 <= month <= 12:
        return None
    for year in range(today.year, today.year + 5):
        if 1 <= day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
    return None


def _month_end(year: int, month: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _han_day(match: re.Match[str], today: date) -> date | None:
    return _next(_number(match["m"]), _number(match["d"]), today)


def _han_month(match: re.Match[str], today: date) -> date | None:
    month = _number(match["m"])
    if not 1 <= month <= 12:
        return None
    year = today.year + (month < today.month)
    part = match["part"] or ""
    if part in ("前", "之前", "以前"):
        return _next(month, 1, today)
    if part.startswith(("初", "上旬")):
        return date(year, month, 10)
    return date(year, month, 20) if part.startswith("中") else _month_end(year, month)


def _relative_month(match: re.Match[str], today: date) -> date | None:
    ahead = {"本": 0, "这": 0, "这个": 0, "下": 1, "下个": 1, "下下个": 2}[match["which"]]
    end = _month_end(today.year, today.month + ahead)
    part = match["part"] or ""
    if part.startswith("初"):
        return end.replace(day=10)
    return end.replace(day=20) if part.startswith("中") else end


def _relative_week(match: re.Match[str], today: date) -> date | None:
    ahead = {"本": 0, "这": 0, "这个": 0, "下": 1, "下个": 1, "下下": 2}[match["which"]]
    weekday = "一二三四五六日天".find(match["day"]) if match["day"] else 6
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return max(monday + timedelta(days=min(weekday, 6)), today)


def _feast(match: re.Match[str], today: date) -> date | None:
    for pattern, (month, day) in _FEASTS.items():
        if re.fullmatch(pattern, match["feast"]):
            return _next(month, day, today)
    return _lunar(today)


def _lunar(today: date) -> date | None:
    days = (date(year, *day) for year, day in _LUNAR_NEW_YEAR.items() if year >= today.year)
    return next((day for day in days if day >= today), None)


def _within(match: re.Match[str], today: date) -> date | None:
    count = _number(match["n"].replace("两", "二"))
    unit = match["unit"]
    days = {"天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "个星期": 7, "week": 7, "个月": 30, "month": 30}[unit]
    return today + timedelta(days=count * days) if 0 < count <= 99 else None


def _english_day(match: re.Match[str], today: date) -> date | None:
    month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(match["m"][:3]))
    if match["d"]:
        return _next(month, int(match["d"]), today)
    year = today.year + (month < today.month)
    part = match["part"] or ""
    if part.startswith("mid"):
        return date(year, month, 15)
    if "end" in part or "late" in part:
        return _month_end(year, month)
    return _next(month, 1, today) if match["by"].strip().startswith("before") else _month_end(year, month)


def _english_next(match: re.Match[str], today: date) -> date | None:
    if match["unit"] == "month":
        return _month_end(today.year, today.month + (match["which"] == "next"))
    sunday = today + timedelta(days=6 - today.weekday())
    return sunday + timedelta(weeks=match["which"] == "next")


def _english_weekday(match: re.Match[str], today: date) -> date | None:
    ahead = (_WEEKDAYS.index(match["day"]) - today.weekday()) % 7
    return today + timedelta(days=ahead + (7 if match["which"] == "next " else 0))


def _iso(match: re.Match[str], today: date) -> date | None:
    try:
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return day if day >= today else None


_Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]]
_RULES: tuple[_Rule, ...] = (
    (re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?!\d)"), _iso),
    (re.compile(rf"(?P<m>{_N})月(?P<d>{_N})[日号]?\s*{_END}"), _han_day),
    (re.compile(rf"(?P<m>{_N})月份?(?P<part>底之?前|底|初|中旬|上旬|中|之前|以前|前|内)"), _han_month),
    (re.compile(r"(?P<which>本|这个|这|下个|下下个|下)月(?P<part>底|初|中旬|中|内|之?前)?(?:之?前|以前|要|到|"
    r"用)?"), _relative_month),
    (re.compile(r"(?P<which>本|这个|这|下个|下下|下)(?:周|星期|礼拜)(?P<day>[一二三四五六日天])?(?:之?前|以前|"
    r"要|到|用)"), _relative_week),
    (re.compile(rf"(?P<feast>{'|'.join(_FEASTS)}|过年|春节|年前|除夕)(?:之前|以前|前|要|用|到(?!手)|到手之前|"
    rf"之前能)"), _feast),
    (re.compile(rf"(?<![a-z]){_BY}(?P<feast>{'|'.join(p for p in _FEASTS)}|chinese new year|lunar new year|"
    rf"cny)(?![a-z])"), _feast),
    (re.compile(r"(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,2})\s*(?P<unit>天|日|个星期|星期|周|个月)(?:之内|"
    r"以内|内)"), _within),
    (re.compile(r"(?<![a-z])(?:within|in)\s+(?P<n>\d{1,2})\s+(?P<unit>day|week|month)s?(?![a-z])"), _within),
    (re.compile(rf"(?<![a-z])(?P<by>{_BY})(?P<part>(?:mid|late|early|"
    rf"(?:the )?end of)[ -]?)?(?P<m>{_MONTH})\.?(?:\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?)?(?![a-z\d])"), _english_day),
    (re.compile(rf"(?<![a-z])(?P<by>{_BY})(?P<part>)(?P<d>\d{{1,2}})(?:st|nd|rd|"
    rf"th)?\s+(?:of\s+)?(?P<m>{_MONTH})(?![a-z])"), _english_day),
    (re.compile(rf"(?<![a-z]){_BY}(?:end of )?(?P<which>next|this)\s+(?P<unit>month|week)(?![a-z])"), _english_next),
    (re.compile(rf"(?<![a-z]){_BY}(?P<which>next |this )?(?P<day>{'|'.join(_WEEKDAYS)})(?![a-z])"), _english_weekday),
)  # fmt: skip
