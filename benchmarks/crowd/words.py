"""Which words are the people of this crowd made of? All lists were written for it; none is another data set's."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


FAMILIES: Final = """
王 wang wong 80|李 li lee 78|张 zhang cheung 74|刘 liu lau 56|陈 chen chan 50|杨 yang yeung 32|黄 huang wong 24|赵 zhao chiu 22
吴 wu ng 21|周 zhou chow 20|徐 xu tsui 15|孙 sun suen 15|马 ma ma 13|朱 zhu chu 13|胡 hu wu 12|郭 guo kwok 12|何 he ho 11
林 lin lam 11|高 gao ko 10|罗 luo law 10|郑 zheng cheng 9|梁 liang leung 9|谢 xie tse 8|宋 song sung 8|唐 tang tong 7
许 xu hui 7|邓 deng tang 6|冯 feng fung 6|韩 han hon 6|曹 cao tso 5|曾 zeng tsang 5|彭 peng pang 5|萧 xiao siu 4
蔡 cai choi 5|潘 pan poon 5|田 tian tin 4|董 dong tung 4|袁 yuan yuen 4|余 yu yu 4|叶 ye yip 4|蒋 jiang cheung 4
杜 du to 4|苏 su so 4|魏 wei ngai 4|程 cheng ching 4|吕 lü lui 4|丁 ding ting 3|沈 shen shum 3|任 ren yam 3|姚 yao yiu 3
卢 lu lo 3|傅 fu fu 3|钟 zhong chung 3|姜 jiang keung 3|崔 cui chui 2|谭 tan tam 3|廖 liao liu 3|范 fan fan 3|汪 wang wong 3
陆 lu luk 2|金 jin kam 2|石 shi shek 2|戴 dai tai 2|贾 jia ka 2|韦 wei wai 2|夏 xia ha 2|邱 qiu yau 2|方 fang fong 2
欧阳 ouyang auyeung 1|司徒 situ szeto 1|上官 shangguan sheungkoon 1
"""
"""Family name, Mandarin, Cantonese as written in Hong Kong, and how many of a thousand bear it, about."""

GIVEN: Final = """
伟 wei wai|玮 wei wai|炜 wei wai|卫 wei wai|静 jing ching|婧 jing ching|晶 jing ching|丽 li lai|莉 li lei|立 li lap|敏 min man
民 min man|芳 fang fong|强 qiang keung|磊 lei lui|蕾 lei lui|军 jun kwan|俊 jun chun|君 jun kwan|骏 jun chun|洋 yang yeung
阳 yang yeung|扬 yang yeung|勇 yong yung|永 yong wing|艳 yan yim|燕 yan yin|岩 yan ngam|杰 jie kit|洁 jie kit|捷 jie chit
娟 juan kuen|涛 tao to|明 ming ming|铭 ming ming|超 chao chiu|霞 xia ha|平 ping ping|萍 ping ping|刚 gang kong|英 ying ying
莹 ying ying|颖 ying wing|华 hua wah|桦 hua wah|玉 yu yuk|钰 yu yuk|宇 yu yu|雨 yu yu|兰 lan lan|岚 lan lam|建 jian kin
健 jian kin|国 guo kwok|志 zhi chi|智 zhi chi|文 wen man|雯 wen man|海 hai hoi|波 bo po|博 bo pok|晓 xiao hiu|小 xiao siu
鹏 peng pang|飞 fei fei|菲 fei fei|宁 ning ning|雪 xue suet|梅 mei mui|美 mei mei|凤 feng fung|峰 feng fung|锋 feng fung
浩 hao ho|皓 hao ho|欣 xin yan|新 xin san|鑫 xin yam|心 xin sum|怡 yi yi|宜 yi yi|子 zi tsz|梓 zi tsz|涵 han ham|轩 xuan hin
思 si sze|远 yuan yuen|媛 yuan wun|嘉 jia ka|佳 jia kai|家 jia ka|豪 hao ho|琳 lin lam|林 lin lam|婷 ting ting|庭 ting ting
辉 hui fai|慧 hui wai|惠 hui wai|斌 bin pan|彬 bin pan|凯 kai hoi|亮 liang leung|东 dong tung|冬 dong tung|龙 long lung
成 cheng shing|诚 cheng shing|春 chun chun|云 yun wan|芸 yun wan|生 sheng sang|胜 sheng shing|德 de tak|荣 rong wing|庆 qing hing
清 qing ching|光 guang kwong|大 da tai|天 tian tin|瑞 rui sui|睿 rui yui
"""
TRADITIONAL: Final = dict(
    zip(
        "张刘陈杨黄赵吴孙马罗郑谢许邓冯韩萧叶蒋苏吕卢钟谭陆贾韦欧阳伟玮炜卫静丽军骏扬艳洁涛铭刚莹颖华桦钰兰岚国晓鹏飞宁凤锋"
        "轩远庆云芸胜荣龙辉东诚贸电机设备业发广门药门际达济环传网创饰妆营维测绘联",
        "張劉陳楊黃趙吳孫馬羅鄭謝許鄧馮韓蕭葉蔣蘇呂盧鍾譚陸賈韋歐陽偉瑋煒衛靜麗軍駿揚艷潔濤銘剛瑩穎華樺鈺蘭嵐國曉鵬飛寧鳳鋒"
        "軒遠慶雲芸勝榮龍輝東誠貿電機設備業發廣門藥門際達濟環傳網創飾妝營維測繪聯",
    )
)
LOOKALIKE: Final = {
    **dict(
        zip(
            "未末土士己已日曰人入千干大太王玉文丈何向冬东明朋林木梅海静诤",
            "末未士土已己曰日入人干千太大玉王丈文向何东冬朋明木林海梅诤静",
        )
    ),
    **dict(
        zip(
            "莉俐凯岂建健洁吉波彼军车浩洁嘉喜欣欧强疆磊蕾涛寿敏教",
            "俐莉岂凯健建吉洁彼波车军洁浩喜嘉欧欣疆强蕾磊寿涛教敏",
        )
    ),
}
"""What a reader of handwriting or a scanner takes for what."""
ENGLISH_OWN: Final = _words("""
    Kevin Jason Eric Tony Vivian Cindy Coco Grace Jacky Leo Ivy Amy Sunny Winnie Michelle Frank Steven Ada
    Iris Joyce Max Ray Fiona Candy Cherry Allen Bruce Dora Elaine Gary
""")
"""First names that Chinese people take."""
FIRST: Final = _words("""
    Oliver Amelia Harriet Jasper Niamh Declan Tobias Ingrid Marcus Leonie Rupert Beatrix Callum Saoirse Hugo
    Matilda Felix Rosalind Angus Imogen Stefan Clara Duncan Esther Gareth Helena Ivan Judith Kieran Lydia
    Malcolm Nadia Otto Philippa Quentin Rebecca Silas Theresa Ulrich Verity Walter Yvonne Adrian Bridget
    Conrad Daphne Edmund Frances Gordon Hazel
""")
LAST: Final = _words("""
    Abernathy Blackwood Carmichael Dunmore Eastwick Fairbairn Galbraith Haverford Inglewood Jessop Kirkbride
    Lancaster Merriweather Nethercott Osgood Pemberton Quigley Ravenscroft Stanhope Thistlewood Underhill
    Vandermeer Whitcombe Yardley Ashdown Beckett Colvin Draycott Ellery Farnham Gresham Holloway Jardine
    Keating Loxley Milburn Northcote Oakden Prescott Rowntree Selwyn Tilbury
""")
CITIES: Final = {
    "青岛": ("qingdao", "0532"),
    "苏州": ("suzhou", "0512"),
    "宁波": ("ningbo", "0574"),
    "厦门": ("xiamen", "0592"),
    "长沙": ("changsha", "0731"),
    "西安": ("xian", "029"),
    "重庆": ("chongqing", "023"),
    "天津": ("tianjin", "022"),
    "佛山": ("foshan", "0757"),
    "无锡": ("wuxi", "0510"),
    "郑州": ("zhengzhou", "0371"),
    "合肥": ("hefei", "0551"),
}
ABROAD: Final = ("Leeds", "Bristol", "Auckland", "Perth", "Dublin", "Toronto")
BRAND_SIGNS: Final = dict(
    zip(
        *[
            iter(
                _words("""
    晟 sheng 昌 chang 铂 bo 睿 rui 凌 ling 沃 wo 领 ling 拓 tuo
    峻 jun 衡 heng 冠 guan 锦 jin 骁 xiao 禾 he 皓 hao 川 chuan
    翰 han 泽 ze 铭 ming 岳 yue 源 yuan 隆 long 茂 mao 祥 xiang
    顺 shun 旺 wang 兴 xing 荣 rong 裕 yu 康 kang 捷 jie 凯 kai
    迅 xun 驰 chi 韵 yun 澜 lan 朗 lang 恺 kai 柏 bo 枫 feng
""")
            )
        ]
        * 2
    )
)
"""Signs of brands, and how they are read."""
TRADES: Final = {
    "精密机械": "precision-mech",
    "纺织": "textile",
    "五金制品": "hardware",
    "水产": "seafood",
    "家居": "home",
    "光电": "opto",
    "环保": "eco",
    "印务": "print",
    "茶叶": "tea",
    "塑胶": "plastics",
    "国际贸易": "trade",
    "汽车配件": "autoparts",
    "软件": "soft",
    "医疗器材": "med",
    "广告传媒": "media",
}
ROADS: Final = _words("""
    福州路 海尔路 珠江东街 凤凰大道 龙井巷 学院路 长江西路 工业三路 滨河大道 临港路 万寿街 香樟路
    青云路 石板巷 兴业路
""")
JOBS: Final = {
    "采购经理": "Purchasing Manager",
    "销售总监": "Sales Director",
    "总经理": "General Manager",
    "会计": "Accountant",
    "车间主任": "Workshop Supervisor",
    "技术员": "Technician",
    "业务员": "Sales Representative",
    "行政": "Administrator",
    "厂长": "Plant Manager",
    "工程师": "Engineer",
}
"""Job, and in English."""
CALLED: Final = ("总", "经理", "工", "主任", "老师", "师傅")
