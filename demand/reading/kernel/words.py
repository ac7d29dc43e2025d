"""Words that carry content though nothing in the catalogue matches them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import cues

STOP = frozenset(
    ["a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "anyone", "anything",
    "are", "around", "as", "at", "available", "back", "be", "because", "been", "before", "being", "below",
    "best", "better", "big", "both", "bucks", "but", "buy", "by", "can", "cheap", "come", "could", "day",
    "deal", "delivered", "delivery", "do", "does", "doing", "don", "dont", "done", "down", "each", "else",
    "euro", "euros", "ever", "every", "everything", "extra", "few", "fine", "first", "for", "from", "get",
    "gets", "getting", "gift", "give", "go", "going", "good", "got", "great", "guys", "had", "has", "have",
    "having", "he", "hello", "help", "her", "here", "hey", "hi", "him", "his", "home", "hope", "house", "how",
    "i", "if", "ideal", "ideally", "idea", "in", "inch", "inches", "into", "is", "isn", "it", "its", "just",
    "keep", "kind", "know", "large", "last", "less", "let", "like", "little", "ll", "long", "look", "looking",
    "looks", "lot", "love", "made", "make", "many", "max", "may", "maybe", "me", "mean", "might", "mine",
    "minimum", "more", "most", "much", "must", "my", "name", "near", "need", "needed", "needs", "new", "nice",
    "no", "non", "not", "nothing", "now", "of", "off", "office", "ok", "okay", "on", "once", "one", "ones",
    "only", "or", "order", "other", "our", "out", "over", "own", "pay", "people", "perfect", "please", "pls",
    "plus", "possible", "pounds", "prefer", "preferably", "preferred", "present", "price", "quality", "quick",
    "quid", "quite", "rather", "ready", "real", "really", "recommend", "recommendations", "right", "roughly",
    "room", "s", "same", "say", "see", "set", "several", "she", "should", "simple", "since", "size", "small",
    "so", "some", "someone", "something", "soon", "sort", "spend", "still", "stuff", "such", "sure", "t",
    "take", "than", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these", "they",
    "thing", "things", "think", "this", "those", "though", "three", "time", "to", "today", "together",
    "tomorrow", "too", "total", "try", "two", "type", "under", "up", "us", "use", "used", "using", "usd", "ve",
    "very", "wait", "want", "wanted", "wants", "was", "way", "we", "week", "well", "were", "what", "when", "where",
    "whether", "which", "while", "who", "why", "will", "wish", "with", "without", "work", "works", "would", "yes",
    "yet", "you", "your"],
)  # fmt: skip
_HAN_STOP = re.compile(
    r"想要|想买|想找|想换|想订|想入|想|需要|需求|求推荐|推荐|求购|求|有没有|有没|请问|请益|各位|大家|谢谢|拜托|"
    r"麻烦|帮忙|帮我|帮|给我|给|我们|我家|我|你们|你|他们|他|她|它|自己|"
    r"这个|那个|这种|那种|这次|这|那|一个|一台|一件|一张|一只|一条|一把|一套|一支|一些|一点|一下|一定|一起|一|"
    r"可以|能够|能|会|要|买|订|找|看看|看|用来|用的|用|有|带|"
    r"的话|的|地|得|了|着|过|吗|呢|吧|啊|呀|哦|嘛|哈|和|或者|或|跟|与|及|以及|还有|还是|还|也|都|就|才|再|又|很|"
    r"太|比较|非常|特别|超级|超|最好|最|更|"
    r"在|是|不是|不要|不|没有|没|别|到|从|把|被|让|对|为了|为|因为|所以|但是|但|不过|如果|要是|左右|大概|大约|"
    r"以内|以上|以下|之前|之后|前|后|里|上|下|内|外|个|台|件|张|只|条|把|"
    r"预算|价格|便宜|贵|好用|好看|好|颜色|大小|尺寸|东西|款|版|色|码|号|年|月|日|今天|明天|最近|现在|平时|每天|"
    r"每|什么|怎么|哪|多少|多|少|大|小|人|家里|家|放|送|寄|买个|搞个|来个|"
    r"元|块|钱|行|成|够|喜欢|希望|打算|准备|考虑|同款|适合|用于|日常"
)  # fmt: skip
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,8}")
_SOMETHING = re.compile(r"(?<![a-z])(?:something|anything|one|looking for one)(?![a-z])|东西|玩意")
_CHUNK = re.compile(r"[^,。;!?()\n ]+")


def unknown(text: str, taken: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Content words outside the half-open places that were understood, in order, each once."""
    rest = _blank(text, taken)
    found = [
        m[0] for m in re.finditer(r"[a-z][a-z']{2,}", rest) if m[0] not in STOP and m[0].removesuffix("'s") not in STOP
    ]
    rest_han = _HAN_STOP.sub(" ", rest)
    found += _HAN_RUN.findall(rest_han)
    return tuple(dict.fromkeys(found))[:20]


def names_another_thing(text: str, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether the first words name a product that nothing in the catalogue names."""
    if _SOMETHING.search(text):
        return False
    rest = _blank(text, taken)
    chunks = list(_CHUNK.finditer(text))
    for chunk in chunks[:3]:
        left = rest[chunk.start() : chunk.end()]
        plain = _HAN_STOP.sub("", left)
        han = len(re.findall(r"[\u4e00-\u9fff]", plain))
        whole = len(chunk[0]) == len(left.replace(" ", "").replace("\0", ""))
        if "\0" not in left and whole and 2 <= han <= 7 and len(re.findall(r"[\u4e00-\u9fff]", left)) <= 9:
            return True
    latin = [m for m in re.finditer(r"[a-z]{3,}", text) if m[0] not in STOP]
    return (
        bool(latin) and not re.search(r"[\u4e00-\u9fff]", text) and "\0" not in rest[latin[0].start() : latin[0].end()]
    )


def _blank(text: str, taken: Sequence[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in taken:
        chars[start:end] = "\0" * (end - start)
    for pattern in (
        cues.DENY,
        cues.NICE_BEFORE,
        cues.NICE_AFTER,
        cues.INDIFFERENT_BEFORE,
        cues.INDIFFERENT_AFTER,
        cues.PRICE_WORD,
    ):
        for match in pattern.finditer(text):
            chars[match.start() : match.end()] = " " * (match.end() - match.start())
    return "".join(chars)
