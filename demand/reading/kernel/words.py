"""Words that carry content though nothing in the catalogue matches them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

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
    r"想要|想买|想找|想换|想订|想入|需要|需求|求推荐|推荐|求购|有没有|有没|请问|请益|各位|大家|谢谢|拜托|麻烦|帮忙|帮我|给我|我们|"
    r"我家|你们|他们|她们|自己|这个|那个|这种|那种|这次|一个|一台|一件|一张|一只|一条|一把|一套|一支|一些|一点|一下|一定|一起|"
    r"可以|能够|看看|用来|的话|或者|以及|还有|还是|比较|非常|特别|超级|最好|不是|不要|没有|为了|因为|所以|但是|不过|如果|要是|"
    r"左右|大概|大约|以内|以上|以下|之前|之后|预算|价格|便宜|好用|好看|颜色|大小|尺寸|东西|今天|明天|最近|现在|平时|每天|什么|"
    r"怎么|多少|家里|买个|搞个|来个|喜欢|希望|打算|准备|考虑|同款|适合|用于|日常|必须|总共|一共|合计|时候|有点|起来|出来|"
    r"普通|各种|顺便|问题|情况|需求|收货|包邮|发货|客服|单价|总价|均价|每个|每台|每件|每只|之间|拉满|顶天|"
    r"的|了|吗|呢|吧|啊|呀|哦|嘛|哈|和|跟|与|及|很|太|更|最|都|也|就|才|又|再|我|你|他|她|它|这|那|求|给|要|带|想|把|被|让|是|在"
)
_FEATURE = re.compile(
    "安静|静音|轻便|轻巧|轻薄|便携|小巧|迷你|结实|耐用|耐脏|耐磨|耐摔|耐咬|耐热|防滑|防摔|防尘|防晒|防风|防水|防雨|防漏|防臭|防蚊|"
    "防霉|透气|保暖|保湿|吸汗|速干|柔软|舒适|舒服|亲肤|省电|节能|省水|大容量|大功率|快充|快热|无线|有线|蓝牙|智能|语音|遥控|"
    "定时|自动|手动|多功能|一体|易清洗|好清洗|易清洁|可水洗|可机洗|免安装|免打孔|可拆|可调|可升降|可伸缩|可折叠|可充电|"
    "环保|无毒|无味|食品级|母婴级|医用|抗菌|除菌|杀菌|除螨|除味|去味|加厚|加长|加宽|加大|超薄|窄边|简约|复古|可爱|高级感|"
    "百搭|时尚|潮流|商务|性价比|国产|进口|定制|刻字|印字|夜光|反光|磁吸|减震|降噪|护眼|护腰|护颈|高清|广角|夜视|续航"
)
_STORIES = frozenset(Path(__file__).with_name("stories.txt").read_text(encoding="utf-8").split())
"""Words of a shopper's life (people, places, seasons), which say nothing about the thing."""
_PIECE = re.compile(
    r"^[个台件能弄帮有放每不得里么多某只各去今到单大小送件为别越人房店妈]|[用说住买各统得着个能也上里前后以每台款化法帮况够]$"
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_SOMETHING = re.compile(r"(?<![a-z])(?:something|anything|one|looking for one)(?![a-z])|东西|玩意")
_CHUNK = re.compile(r"[^,。;!?()\n ]+")


def unknown(text: str, taken: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Content words outside the half-open places that were understood, in order, each once.

    Chinese has no spaces: well-known features (静音, 轻便) are found inside longer runs; of what is left a run of two
    to four characters between marks and words of grammar counts as a word, a longer one is a phrase and does not.
    """
    rest = _blank(text, taken)
    found = [
        (m.start(), m[0])
        for m in re.finditer(r"[a-z][a-z']{2,}", rest)
        if m[0].removesuffix("'s") not in STOP and "'" not in m[0].removesuffix("'s")
    ]
    features = list(_FEATURE.finditer(rest))
    found += [(m.start(), m[0]) for m in features]
    chars = list(rest)
    for m in features:
        chars[m.start() : m.end()] = " " * len(m[0])
    left = _HAN_STOP.sub(lambda m: " " * len(m[0]), "".join(chars))
    runs = (m for m in _HAN_RUN.finditer(left) if 2 <= len(m[0]) <= 4 and m[0] not in _STORIES)
    found += [(m.start(), m[0]) for m in runs if not (_touches(rest, m.span()) or _PIECE.search(m[0]))]
    return tuple(dict.fromkeys(word for _, word in sorted(found)))[:20]


def _touches(rest: str, span: tuple[int, int]) -> bool:
    """Whether a run goes on in a number or in what was understood without a mark between: then it is a piece."""
    before, after = rest[span[0] - 1 : span[0]], rest[span[1] : span[1] + 1]
    return before == "\0" and after == "\0"


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
