"""How pages write money, units, shares and dates, and how they draw the pieces of templates/components.

Filters return plain text that is safe in attributes as well. Tags ending in ``_drawing`` return the figures an SVG
needs as text with a point, whatever the language.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from demand.regions import region_name
from demand.web import drawing

register = template.Library()

MINUS = "−"
NARROW_SPACE = "\u202f"
SYMBOLS = {"CNY": "¥", "JPY": "¥", "TWD": "NT$", "HKD": "HK$", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩"}
# CLDR digits other than two, for the currencies a deployment may choose.
DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "UGX": 0, "KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3}


@register.filter
def region(code: str) -> str:
    """A region's code in words."""
    return region_name(code)


@register.filter
def money(minor: int | str | None) -> str:
    """Minor units as an amount: ``690000`` is ``¥6,900``, ``45950`` is ``¥459.50``; ``None`` and ``""`` are empty."""
    if minor is None or minor == "":
        return ""
    currency = str(getattr(settings, "CURRENCY", "CNY"))
    digits = DIGITS.get(currency, 2)
    amount = Decimal(abs(int(minor))).scaleb(-digits)
    places = 0 if amount == amount.to_integral_value() else digits
    sign = MINUS if int(minor) < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + NARROW_SPACE)}{amount:,.{places}f}"


@register.filter
def signed_money(minor: int | None) -> str:
    """Like ``money`` with a plus sign on what is added, for effects."""
    return f"+{money(minor)}" if minor is not None and int(minor) > 0 else money(minor)


@register.filter
def units(count: float | str | None) -> str:
    """A count with its thousands apart: ``1240`` is ``1,240``; ``None`` is empty; fractions are rounded."""
    if count is None or count == "":
        return ""
    whole = round(float(count))
    return f"{MINUS if whole < 0 else ''}{abs(whole):,}"


@register.filter
def signed_units(count: float | None) -> str:
    """Like ``units`` with a plus sign on what is added."""
    return f"+{units(count)}" if count is not None and float(count) > 0 else units(count)


@register.filter
def percent(share: float | str | None) -> str:
    """A share of one as a percentage: ``0.314`` is ``31 %``. Never ``0 %`` or ``100 %`` for what is not."""
    if share is None or share == "":
        return ""
    value = float(share) * 100
    shown = round(value)
    if 0 < value < 1:
        return _("under %(percent)s %%") % {"percent": 1}
    if 99 < value < 100:
        shown = 99
    return _("%(percent)s %%") % {"percent": f"{shown:,}"}


def _moment(value: date | datetime, zone: tzinfo) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value, zone).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def day(value: date | datetime | None) -> str:
    """A date with its weekday, ``Tue 3 March``; the year stands when it is not this one."""
    if not value:
        return ""
    zone = timezone.get_current_timezone()
    local = _moment(value, zone)
    if local.year == timezone.localdate(timezone=zone).year:
        # Translators: a Django date format; in Chinese "n月j日 D".
        return date_format(local, pgettext("date with weekday", "D j F"))
    # Translators: a Django date format; in Chinese "Y年n月j日 D".
    return date_format(local, pgettext("date with weekday and year", "D j F Y"))


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A date where room is short and its weekday says nothing, such as an axis: ``3 Mar``."""
    if not value:
        return ""
    # Translators: a Django date format for an axis; in Chinese "n月j日".
    return date_format(_moment(value, timezone.get_current_timezone()), pgettext("short date", "j M"))


@register.filter
def clock(value: datetime | None) -> str:
    """The time of day in the reader's zone, ``18:30``."""
    return date_format(timezone.localtime(value), "H:i") if value else ""


def _days_away(days: int) -> str:
    count = abs(days)
    if count < 21:
        ahead = ngettext("in %(count)d day", "in %(count)d days", count)
        past = ngettext("%(count)d day ago", "%(count)d days ago", count)
    elif count < 84:
        count = round(count / 7)
        ahead = ngettext("in %(count)d week", "in %(count)d weeks", count)
        past = ngettext("%(count)d week ago", "%(count)d weeks ago", count)
    else:
        count = round(count / 30.44)
        ahead = ngettext("in %(count)d month", "in %(count)d months", count)
        past = ngettext("%(count)d month ago", "%(count)d months ago", count)
    return (ahead if days > 0 else past) % {"count": count}


def distance_from(value: date | datetime, now: datetime) -> str:
    """How far a date is from ``now`` in words; a time within the day counts in hours."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        seconds = (value - now).total_seconds()
        if 0 < seconds < 3600:
            return _("within the hour")
        if 3600 <= seconds < 86400:
            hours = int(seconds // 3600)
            return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    zone = timezone.get_current_timezone()
    days = (_moment(value, zone) - _moment(now, zone)).days
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    return named.get(days) or _days_away(days)


@register.filter
def distance(value: date | datetime | None) -> str:
    """How long from now, ``in 9 days``."""
    return distance_from(value, timezone.now()) if value else ""


@register.simple_tag(takes_context=True)
def when(context: Context, value: date | datetime | None) -> SafeString | str:
    """``<time>`` with weekday, date and distance. A ``now`` in the context is used instead of the clock."""
    if not value:
        return ""
    now = context.get("now") or timezone.now()
    text = _("%(day)s, %(distance)s") % {"day": day(value), "distance": distance_from(value, now)}
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag
def day_range(first: date | datetime | None, last: date | datetime | None) -> str:
    """An expected range, ``Tue 3 March – Fri 6 March``; one date when both are the same or one is missing."""
    if first and last and day(first) != day(last):
        return _("%(first)s – %(last)s") % {"first": day(first), "last": day(last)}
    return day(first or last)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One drawing of icons.svg; it says nothing to a screen reader, so words stand beside it."""
    address = f"{static('demand/icons/icons.svg')}#{name}"
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', address)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The page's query string with some values changed; ``None`` removes one."""
    request = context.get("request")
    kept: dict[str, Any] = dict(request.GET.lists()) if request is not None else {}
    for name, value in changes.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = [value]
    return "?" + urlencode(kept, doseq=True)


@register.filter
def item(source: Any, name: str) -> Any:
    """One field of a mapping or of an object, under a name that may be a variable."""
    return drawing.field(source, name) if source else None


@register.simple_block_tag
def scroll_table(content: str, label: str) -> SafeString:
    """A wide table that scrolls within itself and can be reached with the keyboard."""
    return format_html(
        '<div class="table-scroll" role="region" tabindex="0" aria-label="{}">{}</div>', label, SafeString(content)
    )


register.simple_tag(drawing.progress, name="progress_drawing")
register.simple_tag(drawing.ladder, name="ladder_drawing")
register.simple_tag(drawing.spark, name="spark_drawing")
register.simple_tag(drawing.mix, name="mix_drawing")
register.simple_tag(drawing.growth, name="growth_drawing")
register.simple_tag(drawing.curve, name="curve_drawing")
