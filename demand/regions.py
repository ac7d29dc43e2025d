"""Where units can be sent: the one table of region codes and their names, for reader, forms, addresses and freight.

Codes are ISO 3166-2:CN for the provinces, else ISO 3166-1 (``HK``, ``MO``, ``TW``, ``SG``). What people call them in a
text stands in ``reading.kernel.regions``.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REGIONS: dict[str, str | Promise] = {
    "CN-BJ": _("Beijing"),
    "CN-SH": _("Shanghai"),
    "CN-TJ": _("Tianjin"),
    "CN-CQ": _("Chongqing"),
    "CN-AH": _("Anhui"),
    "CN-FJ": _("Fujian"),
    "CN-GS": _("Gansu"),
    "CN-GD": _("Guangdong"),
    "CN-GX": _("Guangxi"),
    "CN-GZ": _("Guizhou"),
    "CN-HI": _("Hainan"),
    "CN-HE": _("Hebei"),
    "CN-HL": _("Heilongjiang"),
    "CN-HA": _("Henan"),
    "CN-HB": _("Hubei"),
    "CN-HN": _("Hunan"),
    "CN-NM": _("Inner Mongolia"),
    "CN-JS": _("Jiangsu"),
    "CN-JX": _("Jiangxi"),
    "CN-JL": _("Jilin"),
    "CN-LN": _("Liaoning"),
    "CN-NX": _("Ningxia"),
    "CN-QH": _("Qinghai"),
    "CN-SN": _("Shaanxi"),
    "CN-SD": _("Shandong"),
    "CN-SX": _("Shanxi"),
    "CN-SC": _("Sichuan"),
    "CN-XJ": _("Xinjiang"),
    "CN-XZ": _("Tibet"),
    "CN-YN": _("Yunnan"),
    "CN-ZJ": _("Zhejiang"),
    "HK": _("Hong Kong"),
    "MO": _("Macau"),
    "TW": _("Taiwan"),
    "SG": _("Singapore"),
    "MY": _("Malaysia"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "AU": _("Australia"),
    "NZ": _("New Zealand"),
    "CA": _("Canada"),
    "US": _("United States"),
    "GB": _("United Kingdom"),
    "IE": _("Ireland"),
    "DE": _("Germany"),
    "ES": _("Spain"),
    "FR": _("France"),
    "IT": _("Italy"),
    "NL": _("Netherlands"),
}


def region_choices(*, current: str = "", empty: str | Promise = "") -> list[tuple[str, str | Promise]]:
    """Choices for a select, first the empty one; a ``current`` code that is not in the list is kept as it is."""
    kept: list[tuple[str, str | Promise]] = [(current, current)] if current and current not in REGIONS else []
    return [("", empty), *kept, *REGIONS.items()]


def region_name(code: str) -> str:
    """A region in words: ``CN-HK`` as ``HK``, ``SG-01`` as its country; other unknown codes stand for themselves.

    ``*`` and none are no region said.
    """
    if code in ("", "*"):
        return str(_("no region said"))
    known = (one for one in (code, code.removeprefix("CN-"), code.partition("-")[0]) if one in REGIONS)
    return str(REGIONS.get(next(known, code), code))
