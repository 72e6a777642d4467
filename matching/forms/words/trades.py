"""Which English words say the same trade as a Chinese one? 物流 is logistics, whatever the name around it."""

from __future__ import annotations

from typing import Final

from mappings.types.cleaning import has_han

_PAIRS: Final = """
进出口 import export
贸易|商贸|经贸|外贸|工贸 trading trade
物流|货运|供应链|运输|仓储 logistics freight supply chain transport transportation cargo warehousing
生物 biotechnology biotech biological bio
医疗|器械|医药|制药|药业|健康|保健 medical pharmaceutical pharmaceuticals pharma health healthcare care
化工|化学|涂料 chemical chemicals coatings
新材料|材料 material materials
包装 packaging packing
印刷 printing
机械|机电|设备|装备|自动化 machinery machine machines equipment automation electromechanical
仪器|仪表 instrument instruments
电子|电器|电气 electronics electronic electric electrical appliance appliances
能源|电力 energy power
科技|技术|信息|网络|软件|智能 technology technologies tech network networks information software intelligent smart digital
建筑|建设|工程|建材|装饰|装修 construction building engineering decoration
食品|餐饮|饮料|粮油|茶业 food foods catering restaurant beverage tea
农业|畜牧|水产 agricultural agriculture farming
酒店|旅游|宾馆 hotel hotels travel tourism
广告|传媒|文化|影视 advertising media culture cultural film
教育|培训|咨询|管理 education training consulting management
服饰|服装|纺织|针织 clothing garment garments apparel textile textiles
家具|家居|日用品 furniture home household
五金|金属|钢铁|模具 hardware metal metals steel mould mold
塑胶|塑料|橡胶 plastic plastics rubber
汽车|汽配 auto automotive motor motors
环保|环境 environmental environment
照明|光电|光学 lighting optical optics
陶瓷|玻璃 ceramics ceramic glass
"""


def _sorts(text: str, words: tuple[tuple[frozenset[str], frozenset[str]], ...]) -> frozenset[int]:
    if has_han(text):
        return frozenset(at for at, (han, _) in enumerate(words) if any(word in text for word in han))
    said = set(text.split())
    return frozenset(at for at, (_, latin) in enumerate(words) if latin & said)


_WORDS: Final = tuple(
    (frozenset(line.split()[0].split("|")), frozenset(line.split()[1:])) for line in _PAIRS.strip().split("\n")
)


def same_trade(one: str, other: str) -> bool | None:
    """Whether a Chinese and an English trade are of one sort; None where one of them is not known here."""
    mine, theirs = _sorts(one, _WORDS), _sorts(other, _WORDS)
    return bool(mine & theirs) if mine and theirs else None
