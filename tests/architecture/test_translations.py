"""Every text a person sees is translated into both ways of writing Chinese."""

from __future__ import annotations

import ast
import io
import re

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from config import building
from tests.architecture.sources import modules, name_of, templates

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_QUOTED = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
# What Django's own reader makes of a template tag: _("…"), gettext('…'), ngettext('…', '…', count), pgettext('…', '…').
_CALL = re.compile(rf"\b(gettext|ngettext|pgettext|npgettext|_)\(\s*({_QUOTED}(?:\s*,\s*{_QUOTED})*)")


def in_python() -> dict[str, str]:
    """Each text to translate, with a place where it stands."""
    found: dict[str, str] = {}
    for file in modules():
        with file.open("rb") as source:
            for line, message, _comments, _context in extract("python", source, keywords=KEYWORDS):
                text = message if isinstance(message, str) else message[0]
                if text:
                    found.setdefault(text, f"{name_of(file)}:{line}")
    return found


def in_templates() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in templates():
        for function, quoted in _CALL.findall(templatize(file.read_text())):
            words = [ast.literal_eval(word) for word in re.findall(_QUOTED, quoted)]
            text = words[1] if function in {"pgettext", "npgettext"} else words[0]
            found.setdefault(text, name_of(file))
    return found


def translated(locale: str) -> set[str]:
    """The texts that have a translation somebody was sure of."""
    done: set[str] = set()
    for file in building.translation_files():
        if locale not in file.parts:
            continue
        catalogue = read_po(io.BytesIO(file.read_bytes()), abort_invalid=True)
        for message in catalogue:
            complete = all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)
            if complete and not message.fuzzy:
                done.add(message.id if isinstance(message.id, str) else message.id[0])
    return done


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_every_text_is_translated(locale: str) -> None:
    wanted = in_templates() | in_python()
    known = translated(locale)
    missing = sorted(f"{place}: {text!r}" for text, place in wanted.items() if text not in known)
    assert len(wanted) > 500
    assert missing == []


def test_no_translation_is_unsure_or_lost_a_placeholder() -> None:
    assert building.translation_faults() == []
