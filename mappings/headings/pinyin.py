"""How are the characters of the lexicon read? Toneless pinyin, by syllable; a character stands under each of its readings.

Worked out from the words of mappings/headings/chinese.py (a test compares them with pypinyin), so that reading a heading
such as `kehu_mingcheng` needs no dictionary at run time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

READINGS: Final = """
a 阿, ai 爱, an 安案, bai 拜百败, ban 伴办板版班, bang 绑, bao 保包宝报, bei 备被, ben 本, bi 币必比毕笔,
bian 便变编, biao 标表, bie 别, bing 并病, bo 博, bu 不步补部, cai 财采, can 参餐, cang 仓, cao 操, ce 册策,
ceng 层曾, cha 查, chan 产, chang 厂场常长, chao 抄, che 车, chen 辰, cheng 城成承称程诚, chi 池, chong 充重,
chu 储出初处础触除, chuan 传, chuang 创窗, ci 次此词, cong 从, cu 促, cun 存, cuo 措, da 大打答达, dai 代待贷,
dan 单担诞, dang 当档, dao 到导道, de 得的, deng 登等, di 地的第递, dian 店点电, diao 掉, ding 定订钉, diu 丢,
dong 东动董, dou 抖, du 度读, duan 段短端, dui 对队, duo 多, e 额, er 二儿, fa 发法, fan 反范返, fang 房放方访,
fei 费飞, fen 份分粉, feng 风, fou 否, fu 付副复夫服父覆负辅附, gai 改概盖该, gan 感, gang 岗, gao 告高,
ge 个哥格, gei 给, gen 跟, geng 更, gong 供公共工贡, gou 构沟购, gu 估固股雇顾, guan 关官惯管贯, guang 光广,
gui 归规贵, guo 国果, hai 孩海, hang 行, hao 号好, he 何合和核, hei 黑, hong 红, hou 后, hu 互呼户戸护,
hua 划化话, huan 患, hui 会回惠汇, hun 婚, huo 伙或活获货, ji 几即及基寄忌急技机济激积籍级纪绩计记辑际集,
jia 价佳加家甲, jian 件健建监笺简荐见键间, jiao 交叫教校缴, jie 介截接结节街解阶, jin 今禁紧近进金,
jing 径敬竞经, jiu 就旧, ju 具局居拒据距, juan 卷, jue 决绝角, jun 均, ka 卡, kai 开, kan 看, kang 康, kao 考,
ke 刻可客科课, kong 控, kou 口扣, ku 库, kuai 快, kuan 款, kuang 况, kui 馈, kuo 扩, la 拉, lai 来, lan 栏览,
lao 老, lei 类累, li 例利历理礼离立里隶, lian 联脸链, liang 辆量, liao 了料聊, lie 列, lin 临, ling 令另灵领龄,
liu 流浏留, lou 楼, lu 录路, lun 论, luo 络, lv 率, lve 略, ma 码, mai 买, man 满, mao 毛貌贸, me 么, mei 妹美,
men 们门, mi 密秘, mian 免面, miao 描, min 敏民, ming 名命明, mo 末模默, mu 母目, na 哪纳, nei 内, neng 能,
ni 你昵, nian 年念, nin 您, nong 农, nv 女, ou 偶, pai 排牌, pan 盘, pei 配陪, pi 批, pian 偏片, piao 票,
pin 品拼频, ping 平评, po 婆, pu 铺, qi 企其启器妻期气, qia 洽, qian 前欠潜签, qin 亲, qing 情请, qiu 求,
qu 区去取渠趣, quan 全券圈权, qun 群, rao 扰, re 热, ren 人任认, ri 日, rong 容融, ru 入如, run 润, san 三,
sao 扫, se 色, shan 删, shang 上商, shao 绍, she 社设, shen 审申身, sheng 生省绳,
shi 事使史嗜失始实室市师式施时是氏示识试释食, shou 受售手授收首, shu 书属数术束输述, shui 水税, shun 顺, shuo 说,
si 丝似司四私, song 送, su 诉, suan 算, sui 随, suo 所索缩锁, ta 他它, tai 台太态抬, tan 谈, tao 套, te 特,
ti 体提梯题, tian 填天添, tiao 条, ting 停厅听庭, tong 同痛统通, tou 头投, tu 图途, tuan 团, tui 推退, tuo 托脱,
wai 外, wan 完, wang 往忘旺网, wei 为位唯围委微未纬维谓, wen 文问, wo 我, wu 五务勿无物, xi 习喜席息系细,
xia 下辖, xian 先县显献现线衔限险, xiang 乡享像向相箱详象项, xiao 小效校消肖销, xie 写协卸谢, xin 信心新,
xing 兴型姓性星行醒, xiu 修, xu 序续许需, xuan 选, xue 学血, xun 寻讯询, ya 押, yan 言验, yang 养样阳,
yao 药要邀钥, ye 业页, yi 一义仪伊医已异意易疑益移艺议, yin 印因姻引银阴隐音饮, ying 应英营赢, yong 佣拥用,
you 优友有邮, yu 与余域育誉语预, yuan 原员愿源院, yue 月约跃阅, yun 运, zai 再在载, ze 择责, zen 怎, zeng 增赠,
zhai 宅摘, zhan 占展战站, zhang 丈账长, zhao 照, zhe 折者, zhen 真镇, zheng 争政正证,
zhi 之值制址志执支止治直知织置职致质, zhong 中众忠种终重, zhou 周州, zhu 主住助注驻, zhuan 专转, zhuang 状装,
zhui 缀追, zhun 准, zi 咨子字自资, zong 宗总踪, zou 走, zu 族租组, zui 最, zun 尊, zuo 作坐座
"""


@cache
def readings() -> Mapping[str, tuple[str, ...]]:
    """Character → its readings in the lexicon's words."""
    found: dict[str, tuple[str, ...]] = {}
    for item in READINGS.replace("\n", " ").split(","):
        syllable, _, characters = item.strip().partition(" ")
        for character in characters:
            found[character] = (*found.get(character, ()), syllable)
    return found
