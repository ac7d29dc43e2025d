"""Templates hold no style, no script and no sentence of their own: sentences stand in translate tags."""

from __future__ import annotations

import re

from tests.architecture.sources import name_of, templates

_TRANSLATED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_HIDDEN = re.compile(
    r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}|<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>", re.DOTALL
)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_ELEMENT = re.compile(r"<[^>]*>", re.DOTALL)
_SPOKEN = re.compile(r"""\b(?:aria-label|alt|title|placeholder)\s*=\s*("[^"]*"|'[^']*')""")
_ENTITY = re.compile(r"&[a-zA-Z#0-9]+;")
_BLOCK_OF_CLASSES = re.compile(r"{%\s*block\s+\w*class\w*\s*%}.*?{%\s*endblock\b.*?%}", re.DOTALL)
# Names, which are the same in every language.
SAME_EVERYWHERE = re.compile(r"\b(Wishmill|English|简体中文|繁體中文|MOQ|CSV|XLSX|ICS|JSON)\b")
_STYLED = re.compile(r"<[a-zA-Z][^>]*\s(style|on[a-z]+)\s*=", re.DOTALL)
_INLINE = re.compile(r"<style\b|<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/json)", re.DOTALL)


def pages() -> list[tuple[str, str]]:
    return [(name_of(file), _HIDDEN.sub(_blank, file.read_text())) for file in templates() if file.suffix == ".html"]


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def said(source: str) -> list[str]:
    """The words of a template that stand outside translate tags, attributes that are read aloud included."""
    plain = _TAGS.sub(_blank, _BLOCK_OF_CLASSES.sub(_blank, _TRANSLATED.sub(_blank, source)))
    spoken = [word[1:-1] for word in _SPOKEN.findall(plain)]
    written = _ELEMENT.sub("\n", plain).splitlines()
    texts = (_ENTITY.sub("", text).strip() for text in [*spoken, *written])
    return [text for text in texts if re.search(r"[^\W\d_]{2}", SAME_EVERYWHERE.sub("", text))]


def test_what_counts_as_said() -> None:
    source = '<p title="Buy now">{% translate "Hello" %} Save {{ name }}</p>{# note #}<b>12 &nbsp; ·</b>'
    assert said(_HIDDEN.sub(_blank, source)) == ["Buy now", "Save"]


def test_every_sentence_stands_in_a_translate_tag() -> None:
    assert [f"{name}: {text}" for name, source in pages() for text in said(source)] == []


def test_no_style_or_handler_in_an_element() -> None:
    assert [f"{name}: {found}" for name, source in pages() for found in _STYLED.findall(source)] == []


def test_no_style_or_script_in_a_page() -> None:
    files = [(name_of(file), file.read_text()) for file in templates() if file.suffix == ".html"]
    assert [f"{name}: {found}" for name, source in files for found in _INLINE.findall(source)] == []
