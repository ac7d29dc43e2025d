"""Words of grammar, folded: what bounds a number, denies, prefers, prices or dismisses. No product words stand here."""

from __future__ import annotations

import re

MAX_BEFORE = re.compile(
    r"(?:不要超过|不能超过|不可超过|别超过|不得超过|不超过|不超|不高于|不大于|不到|低于|小于|少于|短于|轻于|"
    r"最多|最高|最大|最贵|最重|最长|顶多|至多|上限|控制在|<=|<|≤|"
    r"(?<![a-z])(?:under|below|up to|at most|max(?:imum)?(?: of)?|less than|no more than|not more than|not over|"
    r"not exceeding|no bigger than|no larger than|"
    r"no heavier than|no taller than|no wider than|no longer than|within|inside|(?:can|could|would|will) (?:go|"
    r"spend|stretch|pay)(?: up)? to|"
    r"(?:cheap|light|quiet|small|short|thin|slim|low|narrow|few|less)+(?:er)? than))\s*[:是为在]?\s*(?:of |"
    r"to )?$")  # fmt: skip
MIN_BEFORE = re.compile(
    r"(?:不少于|不低于|不小于|至少|最少|最低|最小|起码|大于|超过|高于|多于|怎么也得|怎么也要|怎么着也得|>=|>|≥|"
    r"(?<![a-z])(?:at least|min(?:imum)?(?: of)?|no less than|not less than|more than|over|above|from|greater than|"
    r"starting at|"
    r"(?:big|larg|tall|wid|long|heavi|high|strong)+(?:g?er) than))\s*[:是为在要有]?\s*(?:of )?$")  # fmt: skip
MAX_AFTER = re.compile(
    r"\s*(?:或者?|及|以及)?(?:以内|之内|以里|以下|之下|往下|封顶|打住|为上限|上限|到顶|有找|"
    r"内(?![存胆部置衣裤外饰径容壁侧购心涵])|"
    r"(?<![a-z])(?:max(?:imum)?|tops|or less|or under|or below|or lighter|or smaller|or cheaper|or quieter|"
    r"or shorter|and under|and below|at most|limit|ceiling)(?![a-z]))")  # fmt: skip
MIN_AFTER = re.compile(
    r"\s*(?:\+(?!\s*[\d])|或者?以上|及以上|以上|起步|起跳|往上|打底|起(?![来床码点子诉身])|"
    r"(?<![a-z])(?:or more|or above|or over|or larger|or bigger|or longer|or higher|or better|"
    r"or stronger|or faster|or greater|or heavier|or taller|or wider|and up|[a-z]+ (?:minimum|at least)|"
    r"and above|and over|plus|"
    r"minimum|min|at least)(?![a-z]))")  # fmt: skip
ABOUT_AFTER = re.compile(
    r"\s*(?:左右|上下|前后|出头|来往|的样子|之间|(?<![a-z])(?:ish|or so|or thereabouts|give or take)(?![a-z]))"
)
RANGE = re.compile(r"\s*(?:-|~|到|至|或者?|(?<![a-z])(?:to|and|or|through)(?![a-z]))\s*")
TIMES = re.compile(r"\s*(?:x|\*|乘以?|(?<![a-z])by(?![a-z]))\s*")

CURRENCY_BEFORE = re.compile(
    r"(nt\$|ntd|nt|hk\$|hkd|us\$|usd|cad|aud|sgd|rmb|cny|eur|gbp|jpy|twd|mop|c\$|a\$|s\$|"
    r"\$|€|£|¥|人民币|台币|港币|美元|美金)\s*$"
)
CURRENCY_AFTER = re.compile(
    r"\s*(?:[来多把](?=[块元刀]))?(?:(元台币|块台币|新台币|台币|台幣|元人民币|人民币|港币|港元|美元|美金|美刀|"
    r"欧元|英镑|日元|刀|欧(?![美洲])|镑|块钱|块|元|大洋|软妹币)"
    r"|(?<![a-z])(usd|us dollars|dollars?|bucks?|quid|pounds?|euros?|eur|gbp|cad|aud|sgd|hkd|ntd|nt|twd|rmb|cny|"
    r"yuan|kuai|jpy|yen)(?![a-z])|(\$|€|£))")  # fmt: skip
CURRENCIES = {
    "nt$": "TWD", "ntd": "TWD", "nt": "TWD", "twd": "TWD", "台币": "TWD", "新台币": "TWD", "元台币": "TWD",
    "块台币": "TWD",
    "hk$": "HKD", "hkd": "HKD", "港币": "HKD", "港元": "HKD", "us$": "USD", "usd": "USD", "$": "USD",
    "dollar": "USD", "dollars": "USD",
    "us dollars": "USD", "bucks": "USD", "buck": "USD", "美元": "USD", "美金": "USD", "美刀": "USD",
    "刀": "USD", "cad": "CAD", "c$": "CAD",
    "aud": "AUD", "a$": "AUD", "sgd": "SGD", "s$": "SGD", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "€": "EUR", "欧元": "EUR", "欧": "EUR",
    "gbp": "GBP", "£": "GBP", "quid": "GBP", "pound": "GBP", "pounds": "GBP", "英镑": "GBP", "镑": "GBP",
    "jpy": "JPY", "yen": "JPY",
    "日元": "JPY", "mop": "MOP", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "kuai": "CNY", "¥": "CNY",
    "人民币": "CNY", "元人民币": "CNY",
    "元": "CNY", "块": "CNY", "块钱": "CNY", "大洋": "CNY", "软妹币": "CNY",
}  # fmt: skip
PRICE_WORD = re.compile(
    r"预算|价格|价位|价钱|单价|售价|均价|总价|总预算|出价|心理价|budget|price|spend|pay(?:ing)?(?![a-z])|cost|"
    r"cap(?:ped)? at|花(?!纹|色|园|洒|瓶|朵)"
)
TOTAL_WORD = re.compile(
    r"一共|总共|总计|总预算|总价|合计|加起来|加一起|拢共|全部|共(?=\s*\d|\s*[一二两三四五六七八九十百千万])|"
    r"(?<![a-z])(?:in total|total|altogether|all in|all together|for (?:both|all|the (?:lot|pair|set|two|three))|"
    r"combined|for the whole lot)(?![a-z])")  # fmt: skip
EACH_WORD = re.compile(
    r"每|单价|一[个件台张只条把套支部顶双副辆瓶箱份块盏]$|(?<![a-z])(?:each|apiece|per|a ?piece|/ ?(?:pc|each|unit)|"
    r"ea)(?![a-z])|/[个件台张只条把套支]|均价|单[台件个张只]"
)
PAST = re.compile(
    r"之前那?|以前|去年|前年|上次|上一[台个件只张把]|旧的|老的那|原来|原价|当年|买过|买的那|花了|卡成|用了|坏了|"
    r"(?<![a-z])(?:last (?:year|one|time)|old one|my old|used to|previous(?:ly)?|paid|was|were|originally|broke|"
    r"died|bought|cost me|lasted)(?![a-z])")  # fmt: skip

DENY = re.compile(
    r"(?:千万)?(?:不想要|不要|不带|不含|不能有|不能是|不能要|不可以|不接受|不喜欢|不考虑|不是|不想|不用带|别要|"
    r"别带|别给|别是|别(?![的人墅称致出具家处名样样])|勿|拒绝|讨厌|除了|除开|"
    r"去掉|(?<!有)没有(?!便宜|比|什么)|没带|无(?![所论线印限法聊需绳])|非(?!常)|(?<!有)没(?!有|问题|关系|事|什么))|"
    r"(?<![a-z])(?:no(?! (?:more|less|bigger|larger|heavier|taller|wider|longer|need|problem|idea|rush|worries|"
    r"later|matter|preference))|not(?! (?:fussed|fussy|picky|bothered|sure|too|over|more|less|exceeding|only|"
    r"necessarily|an issue|a problem))|"
    r"without|except(?: for)?|anything but|any(?:thing)? (?:[a-z]+ )?(?:but|except|"
    r"other than|apart from|besides|bar)|other than|don'?t want|"
    r"do not want|don'?t like|avoid|never|hate|minus|skip the|isn'?t|aren'?t|won'?t have|w/o|non|zero|"
    r"excluding)(?![a-z])")  # fmt: skip
DENY_AFTER = re.compile(
    r"(?:都|也|就|千万|一律|绝对)?(?:不要了?|别要|不行|不考虑|不可以?|免谈|除外|以外|之外|pass|不喜欢|勿扰|"
    r"(?<![a-z])(?:is a no|are out|is out|"
    r"excluded))(?!\s*(?:太|超过))"
)
NICE_BEFORE = re.compile(
    r"最好(?:是|能|有|可以|带)?|优先(?:考虑|选)?|如果(?:能|有|可以)|要是(?:能|有|可以)|有条件的?话|可以的话|"
    r"能的话|可能的话|尽量|倾向于?|偏好|偏向|加分项?是?|若能|若有|如能|"
    r"希望最好|更想要|"
    r"(?<![a-z])(?:ideally|preferably|prefer(?:red|s|ably)?(?! not)|nice to have|bonus (?:if|points? (?:for|if)|"
    r"for)|if possible|rather|hopefully|would love|extra points for|leaning towards?|a plus if|it'?d be (?:nice|"
    r"great|good|cool) (?:if|to have)|would be (?:nice|great|good) (?:if|to have))(?![a-z])")  # fmt: skip
NICE_AFTER = re.compile(
    r"最好不过|最好|优先|更好|加分|为佳|尤佳|更佳|就更好|就好了|就太好了|更棒|更赞|的话就?更|首选|锦上添花|"
    r"(?<![a-z])(?:preferred|pref|preferably|if possible|(?:would|'d) be (?:nice|great|good|lovely|cool|awesome|"
    r"a bonus|a plus|ideal|perfect|better)|is a (?:plus|bonus)|a (?:plus|bonus)|if (?:you|u) (?:have|'?ve got|got|"
    r"can) (?:it|one|them|that)|if you'?ve got (?:it|one|them)|if available|if you have|nice to have|bonus|ideally|"
    r"first choice|welcome|appreciated|for preference)(?![a-z])")  # fmt: skip
INDIFFERENT_BEFORE = re.compile(
    r"不需要|不必要?|无需|用不着|用不上|不用(?!带)|不在乎|不在意|不介意|不挑|不管|不限|无所谓|随便|什么|任何|"
    r"(?<![a-z])(?:no(?= (?:[a-z]+ ){1,3}(?:needed|required|necessary)(?![a-z]))|"
    r"don'?t (?:really )?need|do not need|doesn'?t need|no need(?: for)?|needn'?t|"
    r"don'?t (?:really )?(?:care|mind)(?: about)?|doesn'?t matter|whatever|regardless of|not (?:fussed|fussy|picky|"
    r"bothered)(?: about| on)?|any(?! (?:\d|more|(?:[a-z]+ )?(?:but|except|other than|apart from|besides|bar)))|"
    r"no preference (?:on|for))(?![a-z])")  # fmt: skip
INDIFFERENT_AFTER = re.compile(
    r"(?:有没有|要不要|有无|带不带)?(?:都)?(?:无所谓|没所谓|不限|随便|随意|不重要|不强求|不要紧|没关系|不挑|"
    r"可有可无|有没有都行|有没有都可以|有没有都没关系|有没有无所谓|不是必须|非必须)|"
    r"(?<![a-z])(?:optional|doesn'?t matter|don'?t (?:care|matter)|not (?:important|essential|necessary|needed|"
    r"required)|unimportant|not a must|either way|no preference)(?![a-z])")  # fmt: skip
WITHOUT_TOO = re.compile(
    r"(?:没有|没|不带)(?:的话)?也(?:行|可以|没事|没关系|成|ok)|(?:没有|没)就算了|(?<![a-z])(?:(?:but )?(?:not|"
    r"no) (?:a )?(?:big )?(?:deal|deal ?breaker|must)|fine without|ok without)(?![a-z])"
)
ALSO_OK = re.compile(
    r"(?:也(?:行|可以|可|成|ok|没问题|能接受|接受|不是不行)|没问题|(?<![a-z])(?:also (?:ok|fine|works|okay)|(?:is|"
    r"are) (?:ok|fine|okay) too|works too|fine too|no problem)(?![a-z]))"
)
CORRECTION = re.compile(
    r"(?:(?:啊|哦|噢|呃|诶|哎|喔|欸|额)?不对(?!称|等|外|劲)(?:不对)?|(?:啊|哦|噢|呃|诶|哎|喔|欸)不是?|(?<=[,。;!.…\-\s])(?:不(?=[,。])|呃|额)(?=[,。…\s])|说错了?|写错了?|打错了?|弄错了?|"
    r"搞错了?|手误|口误|更正一?下?|纠正一?下?|改成|改为|改要|换成|算了|应该是|"
    r"(?<![a-z])(?:no,? wait|wait,? no|wait|i mean(?:t)?|(?:i )?meant|scratch that|strike that|correction|"
    r"on second thought|sorry|actually|make (?:it|that)|or rather|oops|my bad|typo|edit)(?![a-z])|"
    r"(?<=[,.;!-])\s?no,(?=\s))"
    r"(?:[\s,。:;!.…\-]*(?:啊|呃|哦)?(?:打错了|写错了|说错了|应该是|改成|改为|还是|是|sorry|i meant?|"
    r"meant|make (?:it|that)|"
    r"i want(?:ed)?|it should be|should be|no|wait|actually)(?![a-z]))*"
)

CLASSIFIERS = "袋个台件张只条把套支部顶双副辆瓶箱份盒块盏架枚床扇组枝台张对打隻"
COUNT_VERB = re.compile(
    r"(?:买|要|来|订|订购|购|采购|团|拼|揪团|揪|求|需要|需|想要|想买|入手|下单|共|一共|总共|数量|大概|大约|约|"
    r"目前|已有|凑|囤|带|搞|弄|整|收|x|\*|订了|揪团买|给我|"
    r"(?<![a-z])(?:need|want|buy|order(?:ing)?|get|quantity|qty|looking for|for|make it|take|grab|like|after|of|"
    r"total|us|say|around|about|them|so i need))\s*[:是为了]?\s*$")  # fmt: skip
PERSON = re.compile(
    r"(?<![机车])身高|体重|腰围|胸围|三围|臂展|"
    r"(?:^|[,。;\s])我(?:现在|大概)?\s*$|(?<![a-z])(?:i'?m|i am|i weigh|he'?s|she'?s|"
    r"he is|she is|he weighs|she weighs)\s*$|缝隙?|间隙|床底|空位|放得下|(?<![a-z])(?:gap|space|clearance|"
    r"holder|opening|"
    r"ceiling|doorway)(?:\s+\w+){0,4}\s*(?:is|=|:|of)?\s*$"
)
ACCESSORY_AFTER = re.compile(
    r"(?:支架|保护套|收纳包|收纳袋|包(?!邮|装|边|括|含)|袋|套(?!装|餐)|罩|贴膜|膜|配件|零件|滤网|滤芯|耗材|边刷|"
    r"清洁剂|清洁片|纸|架子|挂钩|刷子?|底座|充电器|电源|适配器|键盘|鼠标|"
    r"维修|回收|租赁|玩具|贴纸|膜)|"
    r"[ -]?(?:stand|bag|case|sleeve|cover|charger|filters?|liners?|holder|accessor(?:y|ies)|parts?|cables?|sticker|"
    r"repair|adapter|strap|skin|rack|brush(?:es)?|paper|cart|trailer|lock|pump|helmet|mat)(?![a-z])")  # fmt: skip
MODIFIED_AFTER = re.compile(r"\s*(?:专用|配套|用的?|里的?|上的?|旁边?)")
HOST_BEFORE = re.compile(
    r"(?:放|洗|搭配|搭|配|装|换掉|代替|替代|挂在?|塞进?|(?<![a-z])(?:for (?:my|the|a|our)|with (?:my|the)|"
    r"under (?:my|the)|next to (?:my|the)|instead of|like (?:a|my)|fits? (?:my|a|the)|hold(?:s)? (?:my|a|two|2)|"
    r"wash(?:ing)?|my old|my|our))\s*(?:[\u4e00-\u9fff]{0,2}|\w+ )?$"
)
