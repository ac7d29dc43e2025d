"""Numbers the way people write them: Chinese numerals as spoken, and plain figures without needless zeros."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def plain(value: float) -> str:
    """A figure without trailing zeros: 14, 15.6, 0.98."""
    return f"{value:g}" if value < 100_000 else str(int(value))


def fullwidth(text: str) -> str:
    """The text with its digits in full width, as some input methods leave them."""
    return text.translate(_FULLWIDTH)


def spoken(value: int, *, traditional: bool = False) -> str:
    """A Chinese numeral from 1 to 99,999 as spoken: 2500 is 两千五, 1050 is 一千零五十, 12 is 十二.

    The last unit is left out where speech leaves it out: after a digit directly below the unit before it.
    """
    if not 0 < value < 100_000:
        raise ValueError(f"spoken: {value} is outside 1 to 99,999")
    text = _formal(value)
    units = [unit for unit in text if unit in "十百千万"]
    if (len(units) > 1 and "零" not in text and text[-1] == units[-1] != "十") or _ends_in_tens_of_hundreds(text):
        text = text[:-1]
        text = text[:-1] + "二" if text.endswith("两") else text
    return text.replace("两", "兩").replace("万", "萬") if traditional else text


def _formal(value: int) -> str:
    parts: list[str] = []
    gap = False
    for unit, name in ((10_000, "万"), (1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit == 0:
            gap = bool(parts)
            continue
        if gap and parts:
            parts.append("零")
        gap = False
        parts.append(_digit(digit, unit) + name)
    text = "".join(parts)
    return text[1:] if text.startswith("一十") else text


def _digit(digit: int, unit: int) -> str:
    return "两" if digit == 2 and unit >= 100 else _DIGITS[digit]


def _ends_in_tens_of_hundreds(text: str) -> bool:
    return text.endswith("十") and len(text) >= 4 and text[-3] == "百" and "零" not in text
