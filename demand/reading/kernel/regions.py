"""Regions people name, as ISO 3166 codes: China's provinces (CN-SH), Taiwan, Hong Kong, Macau, and a few countries.

Cities stand for their province, Taiwan's counties for TW. Subdivision codes follow ISO 3166-2:CN.
"""

from __future__ import annotations

import re

from .folding import fold_text

_ROWS = {
    "CN-BJ": "北京 beijing peking", "CN-TJ": "天津 tianjin", "CN-SH": "上海 魔都 shanghai", "CN-CQ": "重庆 chongqing",
    "CN-HE": "河北 石家庄 唐山 保定 hebei shijiazhuang", "CN-SX": "山西 太原 大同 shanxi taiyuan",
    "CN-NM": "内蒙古 呼和浩特 包头 inner_mongolia hohhot",
    "CN-LN": "辽宁 沈阳 大连 liaoning shenyang dalian", "CN-JL": "吉林 长春 jilin changchun", "CN-HL": "黑龙江 "
    "哈尔滨 heilongjiang harbin",
    "CN-JS": "江苏 南京 苏州 无锡 常州 南通 徐州 jiangsu nanjing suzhou wuxi", "CN-ZJ": "浙江 杭州 宁波 温州 "
    "义乌 嘉兴 zhejiang hangzhou ningbo wenzhou yiwu",
    "CN-AH": "安徽 合肥 芜湖 anhui hefei", "CN-FJ": "福建 福州 厦门 泉州 fujian fuzhou xiamen", "CN-JX": "江西 "
    "南昌 赣州 jiangxi nanchang",
    "CN-SD": "山东 济南 青岛 烟台 潍坊 shandong jinan qingdao", "CN-HA": "河南 郑州 洛阳 henan zhengzhou",
    "CN-HB": "湖北 武汉 宜昌 hubei wuhan",
    "CN-HN": "湖南 长沙 株洲 hunan changsha", "CN-GD": "广东 广州 深圳 东莞 佛山 珠海 惠州 中山市 guangdong "
    "canton guangzhou shenzhen dongguan foshan",
    "CN-GX": "广西 南宁 桂林 柳州 guangxi nanning guilin", "CN-HI": "海南 海口 三亚 hainan haikou sanya",
    "CN-SC": "四川 成都 绵阳 sichuan chengdu",
    "CN-GZ": "贵州 贵阳 遵义 guizhou guiyang", "CN-YN": "云南 昆明 大理 丽江 yunnan kunming", "CN-XZ": "西藏 "
    "拉萨 tibet lhasa",
    "CN-SN": "陕西 西安 咸阳 shaanxi xi'an xian", "CN-GS": "甘肃 兰州 gansu lanzhou", "CN-QH": "青海 西宁 "
    "qinghai xining", "CN-NX": "宁夏 银川 ningxia yinchuan",
    "CN-XJ": "新疆 乌鲁木齐 xinjiang urumqi", "HK": "香港 九龙 新界 hong_kong hongkong kowloon", "MO": "澳门 "
    "macau macao",
    "TW": "台湾 台北 新北 桃园 台中 台南 高雄 基隆 新竹 苗栗 彰化 南投 云林 嘉义 屏东 宜兰 花莲 台东 澎湖 金门 "
    "马祖 taiwan taipei taichung tainan kaohsiung taoyuan hsinchu",
    "US": "usa america united_states 美国 new_york los_angeles chicago seattle boston texas california san_francisco",
    "CA": "canada 加拿大 toronto vancouver montreal winnipeg ottawa calgary", "GB": "united_kingdom england "
    "scotland wales 英国 london manchester glasgow edinburgh leeds bristol",
    "DE": "germany 德国 berlin munich hamburg cologne frankfurt", "FR": "france 法国 paris lyon marseille "
    "toulouse", "ES": "spain 西班牙 madrid barcelona",
    "IT": "italy 意大利 milan rome turin", "NL": "netherlands 荷兰 amsterdam rotterdam utrecht", "IE": "ireland "
    "爱尔兰 dublin", "AU": "australia 澳大利亚 澳洲 sydney melbourne brisbane perth",
    "NZ": "new_zealand 新西兰 auckland wellington", "SG": "singapore 新加坡", "MY": "malaysia 马来西亚 "
    "kuala_lumpur penang", "JP": "japan 日本 tokyo osaka kyoto", "KR": "korea 韩国 seoul busan",
}  # fmt: skip

CODES = frozenset(_ROWS)
"""Every code that can be read; ``demand.regions`` has a name for each."""

_CODES = {fold_text(word.replace("_", " ")): code for code, words in _ROWS.items() for word in words.split()}
_NAMES = "|".join(re.escape(name) if not name.isascii() else rf"(?<![a-z]){re.escape(name)}(?![a-z])"
                  for name in sorted(_CODES, key=len, reverse=True))  # fmt: skip
_SHIP = re.compile(
    rf"(?:寄到?|送到?|发到?|发往|运到?|邮到?|收货地?:?|地址:?|坐标:?|人在|在|到|住|(?<![a-z])(?:ship(?:ped|"
    rf"ping)?|deliver(?:ed|y)?|sent?|"
    rf"shipping)\s+to|(?<![a-z])(?:in|to|from|near)(?![a-z]))\s*(?:the )?(?P<told>{_NAMES})"
)
_ALONE = re.compile(
    rf"(?:^|[,。;!?()\s])\s*(?P<told>{_NAMES})(?:市|省|县|地区)?\s*(?:$|[,。;!?().\s]|收货|地区|自提|面交|包邮)"
)


def find(text: str) -> tuple[str, int, int] | None:
    """Region code and half-open place of the region a folded text is to be delivered to, if it names one."""
    match = _SHIP.search(text) or _ALONE.search(text)
    if match is None:
        return None
    return _CODES[match["told"]], match.start("told"), match.end("told")
