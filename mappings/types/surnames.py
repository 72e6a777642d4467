"""Which words are family names, and which are titles? (NORMALISATION 2.5)

Written for this project from the Hundred Family Names and common use; traditional forms stand beside simplified ones,
as names are never converted.
"""

from __future__ import annotations

from typing import Final

_COMMON = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢"
    "汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安"
    "殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛柴伍覃骆关焦柳欧祝纪尚毕耿芦左季管符辛苗詹曲靳祁路涂兰甘裴梅童翁霍游阮尤岳柯牟"
    "滕谷舒卜成饶宁凌盛查单冉鲍华包屈房喻解蒲卫简时连车项闵邬吉党肖闫付邸"
)
COMMON: Final = frozenset(_COMMON)
_HUNDRED = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花"
    "方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝"
    "明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝"
    "管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫"
    "乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍"
    "赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹"
    "习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋"
    "沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫付佟佘亓仉初邸衣战矫兰位苑展修原岳帅仝代邝冼区南门佴哈墨年爱阳"
    "佰赏海晋楚法汝鄢涂钦商牟来遇盘植揭岩税苟官母谌迟鹿玉由"
)
_TRADITIONAL = (
    "張劉陳楊黃趙吳孫馬羅鄭謝韓馮許鄧蕭葉蘇呂盧蔣賈陸鍾鐘鄒譚韋閻賀顧龔萬錢湯嚴賴龍喬蘭倪魯聶衛單溫範紀藍關齊莊歐婁"
    "寧歷厲龐塗華鄔閔項費連車闕諸應鮑爾隨權岡畢滿樂緱儲隸嶽惲竇鳳談練"
)
SINGLE: Final = COMMON | frozenset(_HUNDRED) | frozenset(_TRADITIONAL)
_COMPOUND = (
    "欧阳 歐陽 太史 端木 上官 司马 司馬 东方 東方 独孤 獨孤 南宫 南宮 万俟 萬俟 闻人 聞人 夏侯 "
    "诸葛 諸葛 尉迟 尉遲 公羊 赫连 赫連 澹台 澹臺 皇甫 宗政 濮阳 濮陽 公冶 太叔 申屠 公孙 公孫 "
    "慕容 仲孙 仲孫 钟离 鍾離 鐘離 长孙 長孫 宇文 司徒 鲜于 鮮于 司空 闾丘 閭丘 子车 亓官 司寇 "
    "巫马 巫馬 公西 颛孙 壤驷 公良 漆雕 乐正 樂正 宰父 谷梁 拓跋 夹谷 轩辕 軒轅 令狐 段干 百里 "
    "呼延 东郭 東郭 南门 羊舌 微生 梁丘 左丘 东门 東門 西门 西門 第五 完颜 完顏 纳兰 納蘭 叶赫 "
    "葉赫 淳于 单于 單于 贺兰 賀蘭 达奚 哥舒 耶律"
)
COMPOUND: Final = frozenset(_COMPOUND.split())
LONGEST: Final = ("爱新觉罗", "愛新覺羅")

_TITLES = (
    "总 总经理 副总 副总经理 经理 董 董事长 董事 老板 老板娘 老师 先生 女士 小姐 太太 夫人 "
    "姐 哥 叔 阿姨 姨 嫂 爷 伯 师傅 主任 副主任 工 工程师 总工 医生 大夫 "
    "护士 教授 博士 处 处长 副处长 局 局长 科长 股长 部长 院长 校长 园长 厂长 店长 "
    "站长 所长 行长 队长 组长 班长 会长 馆长 社长 书记 主管 总监 助理 秘书 会计 出纳 "
    "律师 采购 财务 前台 客服 销售 司机 市长 县长 镇长 村长 同学 同志 总裁 副总裁 老总 "
    "總 總經理 經理 董事長 老闆 老師 醫生 處長 局長 科長 部長 院長 校長 廠長 店長 總監 "
    "會計 律師 採購 財務"
)
TITLES: Final = frozenset(_TITLES.split())
"""What people put behind a family name, or instead of a name."""

_PINYIN = (
    "wang li zhang liu chen yang huang zhao zhou wu xu sun zhu ma hu guo lin he gao liang "
    "zheng luo song xie tang han cao deng xiao feng zeng cheng cai peng pan yuan yu dong su ye "
    "lv lyu lü lu wei jiang tian du ding shen fan fu zhong dai cui ren liao yao fang jin "
    "qiu xia tan jia zou shi xiong meng qin yan xue hou lei bai long duan hao kong shao mao "
    "chang wan gu lai kang qian niu hong gong tao wen mo yi qiao an yin zhuang ni pang xing "
    "zhai lan nie qi xiang ge chai guan jiao ouyang situ sima zhuge shangguan xiahou murong linghu huangfu zhan cen "
    "hua geng miao ji zuo bi zha shan ou ping kuang mei sheng tong"
)
PINYIN: Final = frozenset(_PINYIN.split())
_PARTICLES = "van von der den de da di del della la le dos du bin ibn al el ter ten zu zur st. san"
PARTICLES: Final = frozenset(_PARTICLES.split())
"""Words that open a family name: Ludwig van Beethoven."""
_SUFFIXES = "jr jr. sr sr. ii iii iv phd ph.d. md m.d. mba esq esq."
SUFFIXES: Final = frozenset(_SUFFIXES.split())
