"""Everyday words for what many catalogues name: people, pets, colours. They serve any catalogue that has the value.

A row's words are read as a value when one of the value's own spellings is among the row's first words (before the bar).
Words a catalogue names itself always go before these.
"""

from __future__ import annotations

_ROWS = (
    "women woman ladies female 女 女款 女士 女式 女性 女生 | wife girlfriend mom mum mother grandma grandmother "
    "sister aunt lady her daughter "
    "妈妈 老妈 我妈 母亲 媳妇 老婆 太太 女友 女朋友 奶奶 外婆 姥姥 婆婆 阿姨 姐姐 妹妹 闺蜜 女孩 女人 女性 妹子 "
    "阿嬷 妈咪 姐妹俩 姐俩",
    "men man male gents 男 男款 男士 男式 男性 男生 | husband boyfriend dad father grandpa grandfather brother "
    "uncle him "
    "爸爸 老爸 我爸 父亲 老公 先生 男友 男朋友 爷爷 外公 姥爷 公公 叔叔 哥哥 弟弟 男孩 男人 阿公 爹 兄弟俩 两兄弟 哥俩",
    "kids kid children child toddler 儿童 童 小孩 孩子 | son daughter boy girl toddlers baby nephew niece "
    "year-old 儿子 女儿 宝宝 宝贝 小朋友 娃 娃娃 小学生 幼儿 孙子 孙女 闺女 小孩子 大宝 二宝",
    "cat cats 猫 | kitten kitty moggy persian ragdoll siamese tabby 猫咪 喵星人 喵 主子 毛孩子 布偶 英短 美短 "
    "橘猫 暹罗 加菲 小猫",
    "dog dogs 狗 犬 | puppy pup doggo labrador lab retriever poodle maltese pomeranian pug bulldog frenchie "
    "corgi husky beagle dachshund "
    "chihuahua shepherd terrier collie spaniel schnauzer shih-tzu 狗狗 汪星人 毛孩 金毛 拉布拉多 泰迪 贵宾 柯基 "
    "柴犬 哈士奇 法斗 比熊 博美 边牧 吉娃娃 雪纳瑞 马尔济斯 腊肠 德牧 萨摩耶 二哈 狗子",
    "programming coding 编程 写代码 | python javascript typescript golang kotlin vscode docker 写程序 跑程序 码农 "
    "程序猿 前端 后端",
    "design 设计 修图 | photoshop lightroom illustrator premiere autocad figma solidworks 画图 绘图 做图 作图 p图",
    "gaming 游戏 打游戏 | valorant minecraft fortnite 原神 英雄联盟 王者荣耀 绝地求生 黑神话",
    "black 黑 黑色 | ebony jet onyx noir 乌黑 墨黑 曜黑 磨砂黑 亮黑 暗黑",
    "white 白 白色 | snow pearl 乳白 雪白 象牙白 瓷白 亮白 月光白 奶白",
    "grey gray 灰 灰色 | charcoal graphite slate ash gunmetal anthracite 深灰 浅灰 铁灰 银灰 炭灰 烟灰 岩灰 "
    "水泥灰 雾灰 高级灰",
    "silver 银 银色 | chrome 亮银 银白",
    "red 红 红色 | crimson burgundy scarlet maroon wine ruby 大红 酒红 枣红 正红 朱红 玫红 绯红 砖红 砖红色",
    "pink 粉 粉色 粉红 粉红色 | rose blush fuchsia magenta salmon 樱花粉 藕粉 玫瑰粉 裸粉 浅粉",
    "blue 蓝 蓝色 | navy azure cobalt teal turquoise indigo denim cyan 藏青 藏蓝 深蓝 浅蓝 天蓝 宝蓝 湖蓝 "
    "雾霾蓝 牛仔蓝 海军蓝 丈青 水蓝 孔雀蓝",
    "green 绿 绿色 | olive khaki-green mint sage emerald forest-green lime moss 军绿 墨绿 抹茶 薄荷绿 橄榄绿 "
    "草绿 果绿 森林绿 奶绿 牛油果绿",
    "purple 紫 紫色 | violet lilac lavender mauve plum 香芋 香芋紫 薰衣草 葡萄紫 浅紫 雾紫",
    "yellow 黄 黄色 | lemon mustard amber 柠檬黄 姜黄 鹅黄 明黄 土黄",
    "orange 橙 橙色 橘色 | tangerine coral peach 橘 橘红 橘黄 珊瑚 活力橙",
    "brown 棕 棕色 褐色 咖啡色 | coffee chocolate walnut camel tan chestnut mocha caramel 咖 咖色 咖啡色 焦糖 "
    "焦糖色 驼色 胡桃 胡桃木 棕褐 巧克力色 栗色 卡其",
    "beige 米 米色 米白 | cream ivory off-white oatmeal khaki sand 奶油 奶油色 杏色 燕麦色 卡其色 象牙 奶茶色 米黄",
    "gold 金 金色 | golden champagne 香槟 香槟金 玫瑰金 土豪金",
    "wood 原木 原木色 木色 | oak wooden wood-grain 木纹 橡木 木纹色 橡木色 浅木色 枫木色",
    "waterproof 防水 | water-resistant rainproof weatherproof 防雨 防泼水",
    "foldable folding 折叠 可折叠 | collapsible folds fold 能折 可折 能折叠",
    "wireless 无线 | cordless 无绳 免插线",
    "leather 皮 真皮 皮革 | cowhide 牛皮 头层牛皮",
    "mesh 网布 网面 | breathable-mesh 网眼 网的 网状",
    "cotton 棉 纯棉 全棉 | 100%-cotton 棉质 棉的",
)  # fmt: skip


def rows() -> list[tuple[frozenset[str], tuple[str, ...]]]:
    """(seeds, words) of each row; hyphens in words stand for spaces."""
    found = []
    for row in _ROWS:
        seeds, _, words = row.partition(" | ")
        found.append((frozenset(seeds.split()), tuple(word.replace("-", " ") for word in words.split())))
    return found
