"""Which words of a company's name say its legal form or its trade, and not which company it is?"""

from __future__ import annotations

from typing import Final

_HAN_FORMS_WORDS: Final = (
    "股份有限公司 有限责任公司 集团股份有限公司 集团有限公司 集团有限责任公司 控股有限公司 控股集团有限公司 "
    "有限公司 责任公司 股份公司 总公司 集团公司 分公司 公司 集团 控股 控股集团 有限合伙 普通合伙 特殊普通合伙 "
    "合伙企业 个体工商户 个人独资企业 企业 (有限合伙) (普通合伙) (特殊普通合伙) 合伙企业(有限合伙) "
    "合伙企业(普通合伙) 股份 有限"
)
HAN_FORMS: Final = tuple(
    sorted(
        _HAN_FORMS_WORDS.split(),
        key=len,
        reverse=True,
    )
)
"""Legal forms at the end of a Chinese name, longest first."""

_BRANCH_WORDS: Final = (
    "分公司 子公司 分店 分行 支行 分所 分院 分校 分部 门店 门市部 营业部 营业厅 办事处 代表处 服务部 项目部 "
    "专卖店 旗舰店 加油站"
)
BRANCH: Final = tuple(_BRANCH_WORDS.split())
"""What ends the name of a part of a company that is a customer of its own."""

HEADS: Final = ("有限责任公司", "股份有限公司", "有限公司", "集团", "公司", "银行")
"""Where the name of the company ends and that of its branch begins."""

_TRADES_WORDS: Final = (
    "信息技术 信息科技 网络科技 电子科技 生物科技 生物技术 智能科技 智能装备 智能设备 智能制造 智能家居 "
    "科技发展 科技开发 技术开发 技术服务 技术咨询 网络技术 计算机 软件开发 软件技术 系统集成 数据服务 "
    "数据科技 大数据 云计算 人工智能 物联网 互联网 电子商务 进出口 国际贸易 对外贸易 商贸 贸易 实业 工贸 "
    "商业管理 投资管理 投资咨询 投资发展 资产管理 股权投资 基金管理 金融服务 融资租赁 企业管理 企业管理咨询 "
    "管理咨询 信息咨询 商务咨询 财务咨询 税务咨询 咨询服务 咨询 顾问 人力资源 劳务派遣 劳务 教育科技 教育咨询 "
    "教育培训 教育 培训 文化传媒 文化传播 文化发展 文化艺术 文化创意 广告传媒 广告 传媒 影视 影视文化 出版 "
    "印刷 包装 包装材料 纸业 建筑工程 建筑装饰 装饰工程 装饰设计 装饰 装修 装潢 建设工程 建设 建材 建筑材料 "
    "工程技术 工程咨询 工程 市政 园林 园林绿化 绿化 景观 设计 房地产开发 房地产经纪 房地产 置业 地产 物业管理 "
    "物业服务 物业 物流 货运代理 货运 运输 供应链 供应链管理 仓储 快递 国际货运 餐饮管理 餐饮服务 餐饮 "
    "酒店管理 酒店 宾馆 旅游 旅行社 国际旅行社 食品 食品科技 粮油 农业 农业科技 农业发展 生态农业 农产品 种业 "
    "畜牧 水产 饮料 酒业 茶业 保健品 医药 药业 制药 生物医药 医疗器械 医疗科技 医疗 健康管理 健康科技 健康 "
    "美容 化妆品 日用品 家居用品 家具 家居 家电 电器 电气 电子 机电 机电设备 机械 机械设备 机械制造 设备制造 "
    "设备 制造 自动化 自动化设备 自动化科技 仪器 仪表 仪器仪表 精密机械 精密 模具 五金 五金制品 塑料 塑胶 "
    "塑料制品 橡胶 化工 化学 新材料 材料科技 材料 金属 金属制品 钢铁 钢结构 有色金属 矿业 能源 新能源 "
    "新能源科技 电力 电力设备 光伏 太阳能 环保 环保科技 环境 环境科技 节能 节能科技 水务 燃气 石油 石化 汽车 "
    "汽车销售 汽车服务 汽车零部件 汽配 汽车科技 航空 船舶 通信 通信技术 通讯 通讯设备 光电 光电科技 半导体 "
    "芯片 集成电路 照明 安防 安全技术 消防 服装 服饰 纺织 纺织品 鞋业 皮具 箱包 珠宝 首饰 工艺品 礼品 玩具 "
    "文具 办公用品 体育 体育用品 体育文化 健身 娱乐 游戏 动漫 会展 会展服务 展览 展览服务 商务服务 商务 服务 "
    "实验 检测 检测技术 认证 研究 塑胶制品 橡胶制品 塑业 汽车配件 汽车修理 汽修 维修 轮胎 水果 蔬菜 灯饰 灯具 "
    "门窗 陶瓷 卫浴 涂料 玻璃 木业 印务 图文 快印 文印 烟酒 茶叶 花卉 宠物 母婴 商店 店 馆 新材 自控 电控 "
    "阀门 泵业 电缆 线缆 电线 轴承 标准件 紧固件 研究 咨询管理 科技 技术 网络 信息 软件 数码 电脑 系统 发展 "
    "开发 管理 控股 投资 金融 保险 保险经纪 证券 担保 典当 租赁 拍卖 汽贸 超市 百货 零售 连锁 电商 国际 产业 "
    "工业 生物 智能 传播 文化 艺术 创意 品牌管理 品牌策划 营销策划 策划 市场营销 公关 知识产权 知识产权代理 "
    "商行 经营部 贸易商行 厂 五金厂 加工厂 工作室 合作社 专业合作社 农民专业合作社 事务所 诊所 药房 药店 "
    "幼儿园 饭店 餐厅 茶楼 超市 便利店 服装店 中心 服务中心 律师事务所 会计师事务所 税务师事务所 设计院 "
    "研究院 研究所"
)
TRADES: Final = tuple(
    sorted(
        _TRADES_WORDS.split(),
        key=len,
        reverse=True,
    )
)
"""Trades at the end of a Chinese name, before the legal form; longest first."""

_INSTITUTIONS_WORDS: Final = (
    "大学 学院 银行 医院 人民医院 中医院 日报 晚报 电视台 出版社 地铁 机场 图书馆 博物馆 中学 小学 师范大学 "
    "理工大学 商会 协会 总工会"
)
INSTITUTIONS: Final = frozenset(_INSTITUTIONS_WORDS.split())
"""What a place in front of it belongs to: 北京大学 is not 大学 in Beijing."""

_LATIN_FORMS_WORDS: Final = (
    "inc incorporated llc llp lp ltd limited co corp corporation company plc pllc pc gmbh ag kg ohg sa sas "
    "sarl srl spa bv nv ab as oy oyj pty pte bhd sdn kk kft zrt doo sp zoo sro"
)
LATIN_FORMS: Final = frozenset(_LATIN_FORMS_WORDS.split())

_LATIN_TRADES_WORDS: Final = (
    "technology technologies tech systems system software solutions solution services service consulting "
    "consultants consultancy trading trade international global group holdings holding partners associates "
    "enterprises enterprise industries industry industrial manufacturing engineering construction logistics "
    "media marketing design digital network networks medical pharmaceuticals pharmaceutical pharma foods food "
    "electronics electronic electric electrical energy capital investment investments management development "
    "sons brothers bros shop store stores factory works building materials material packaging printing "
    "decoration automation equipment machinery machine machines instrument instruments plastic plastics "
    "rubber chemical chemicals environmental environment information culture cultural education training "
    "textile textiles clothing garment garments apparel furniture hardware metal metals steel auto automotive "
    "motor motors supply chain supplies transport transportation freight import export agricultural "
    "agriculture biotechnology biotech biological health healthcare care optical optics lighting "
    "communication communications advertising property estate catering hotel travel tourism insurance finance "
    "financial data cloud precision power computer computers home household appliance appliances paper toys "
    "gifts sports beauty cosmetics marine aerospace robotics"
)
LATIN_TRADES: Final = frozenset(_LATIN_TRADES_WORDS.split())
"""Words that many English names share: weak alone, and often left out in short forms."""

_STOP_WORDS: Final = "the and of for at in on a an de la le el los las du des und"
STOP: Final = frozenset(_STOP_WORDS.split())
