"""What people also post: things outside the catalogue, near misses and plain chatter. None of it has a category."""
from __future__ import annotations

THINGS = {
    "zh-hans": "电饭煲|儿童安全座椅|不锈钢炒锅|27寸显示器|机械键盘|折叠自行车|手持吸尘器|台式电脑主机|羊毛大衣|冲锋衣|10公斤滚筒洗衣机|微波炉|电热毯|人体工学椅|"
               "跑步机|吹风机|投影仪|行李箱|露营帐篷|蓝牙耳机|加湿器|婴儿车|电动牙刷|咖啡机|猫砂盆|宠物推车|油炸锅|玻璃水杯|书架|落地灯|吉他|瑜伽垫",
    "zh-hant": "電鍋|兒童安全座椅|平底鍋|27吋螢幕|機械鍵盤|腳踏車|手持吸塵器|桌上型電腦|羊毛大衣|滾筒洗衣機|微波爐|電熱毯|人體工學椅|跑步機|吹風機|投影機|"
               "行李箱|露營帳篷|藍牙耳機|除濕機|嬰兒推車|電動牙刷|咖啡機|貓砂盆|玻璃杯|書櫃|立燈|烏克麗麗",
    "en": "rice cooker|child car seat|cast iron pan|27 inch monitor|mechanical keyboard|folding bike|stick vacuum|desktop PC|wool coat|"
          "rain jacket|front-load washer 10 kg|microwave|electric blanket|office chair|treadmill|hair dryer|projector|suitcase|camping tent|"
          "bluetooth earbuds|humidifier|stroller|electric toothbrush|espresso machine|litter box|deep fryer|drinking glasses|bookshelf|"
          "floor lamp|ukulele|yoga mat|pressure washer",
}
FRAMES = {
    "zh-hans": "想要{x}，{p}以内|求推荐{x}，预算{p}|有没有便宜的{x}|{x}{p}元左右|蹲一个{x}，质量好点的|想买{x}，{p}封顶",
    "zh-hant": "想要{x}，{p}以內|請問有推薦的{x}嗎，預算{p}|徵求{x}|{x}{p}元左右|想找好一點的{x}，{p}有找",
    "en": "Looking for a {x}, under {p} yuan|need a {x}|{x}, budget {p}|any good {x} around {p} rmb?|Want: {x}, max ¥{p}",
}
REMARKS = {
    "zh-hans": "有人收到货了吗？|客服在哪里|这个网站怎么用啊|凑够人了吗？|什么时候发货|哈哈哈哈哈|路过看看|好贵啊|支持一下|求助，订单怎么取消",
    "zh-hant": "有人收到貨了嗎？|客服在哪裡|這個網站怎麼用|湊滿人了嗎？|什麼時候出貨|路過看看|好貴喔|推推",
    "en": "has anyone received theirs yet?|how does this site work|where is customer service|is the group full yet?|just looking around|"
          "so expensive lol|how do I cancel my order",
}
FACES = "😂😂😂|🙏|👍👍|😭|❤️|🔥🔥"
UNMET = (
    ("便携咖啡机", "zh-hans"), ("宠物烘干箱", "zh-hans"), ("折叠洗碗机", "zh-hans"), ("无人割草机", "zh-hans"), ("电动婴儿摇椅", "zh-hans"),
    ("寵物烘乾箱", "zh-hant"), ("攜帶式咖啡機", "zh-hant"), ("mini dishwasher", "en"), ("robot lawn mower", "en"), ("pet dryer box", "en"),
    ("foldable treadmill", "en"), ("tabletop sauna", "en"),
)
