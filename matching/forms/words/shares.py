"""How common are names, before the data at hand says so, and how are Chinese surnames read?

Shares are rough (census and registry reports round them in the same way): a prior for small data; counts of the data
take over as they grow.
"""

from __future__ import annotations

from typing import Final

_HAN_FAMILY: Final = (
    "王.072 李.071 张.067 刘.052 陈.045 杨.031 黄.022 赵.021 吴.020 周.019 徐.015 孙.015 马.013 朱.013 胡.012 "
    "郭.012 何.011 林.011 "
    "高.010 罗.010 郑.009 梁.009 谢.007 宋.007 唐.007 许.006 韩.006 邓.006 冯.006 曹.006 彭.005 曾.005 肖.005 "
    "田.005 董.005 潘.004 "
    "袁.004 蔡.004 蒋.004 余.004 于.004 杜.004 叶.004 程.004 魏.004 苏.004 吕.004 丁.004 任.004 卢.003 姚.003 "
    "沈.003 钟.003"
)
_LATIN_FAMILY: Final = (
    "smith.010 johnson.006 williams.006 brown.006 jones.007 davis.004 miller.004 wilson.004 taylor.005 "
    "anderson.003 thomas.004 "
    "moore.003 martin.003 jackson.003 thompson.003 white.003 harris.003 clark.003 lewis.003 walker.003 hall.003 "
    "young.002 "
    "king.003 wright.003 hill.002 green.003 baker.002 evans.004 roberts.004 davies.004 hughes.003 edwards.003 "
    "garcia.003 lee.004 "
    "wang.004 li.004 zhang.004 liu.003 chen.004 wong.002 chan.002 nguyen.003 kim.003 singh.003 khan.003 patel.003 "
    "ali.002"
)
_HAN_GIVEN: Final = (
    "伟.0035 芳.0032 娜.0026 敏.0030 静.0030 丽.0030 强.0028 磊.0030 军.0030 洋.0022 勇.0026 艳.0026 杰.0024 "
    "娟.0022 涛.0024 明.0022 "
    "超.0020 霞.0020 平.0022 刚.0018 玲.0018 英.0018 红.0016 辉.0018 波.0018 鹏.0020 斌.0020 华.0018 飞.0018 "
    "浩.0018 宇.0016 婷.0024 "
    "雪.0014 琳.0014 倩.0014 颖.0014 燕.0018 梅.0014 莉.0016 丹.0016 慧.0014 洁.0014 峰.0016 健.0014 亮.0014 "
    "俊.0014 凯.0014 东.0012 "
    "秀英.0020 桂英.0014 秀兰.0014 玉兰.0012 桂兰.0012 秀珍.0010 建国.0012 建华.0012 建军.0010 志强.0010 "
    "志明.0006 国强.0006 文军.0003 "
    "海燕.0008 晓燕.0006 丽娟.0006 小红.0005 春梅.0006 婷婷.0012 丹丹.0006 欣怡.0006 梓涵.0008 子轩.0006 浩然.0006"
)
_LATIN_GIVEN: Final = (
    "john.024 william.018 james.020 robert.018 david.020 michael.020 richard.014 thomas.014 charles.012 "
    "george.010 joseph.012 henry.008 "
    "edward.008 mary.018 elizabeth.010 patricia.008 jennifer.010 linda.008 susan.008 margaret.008 sarah.010 "
    "anna.007 emma.007 "
    "oliver.006 jack.006 daniel.010 matthew.010 mark.009 paul.009 andrew.009 peter.008 chris.006 jessica.007 "
    "laura.006 alice.004 "
    "lisa.007 kevin.006 tony.005 amy.006 lucy.005 kate.004 tom.006 alex.005 sam.005 ben.005 nancy.005 helen.005 "
    "jane.005 jason.005"
)
_READINGS: Final = (
    "曾zeng 单shan 仇qiu 解xie 查zha 区ou 翟zhai 盖ge 朴piao 覃qin 缪miao 任ren 乐yue 员yun 折she 黑he 秘bi 繁po "
    "种chong 重chong 冼xian "
    "洗xian 召shao 祭zhai 都du 车che 曲qu 沈shen 卜bu 六lu 贾jia 谌chen 隗wei 郗xi 逄pang 佘she 晁chao 訾zi 宓mi "
    "亓qi 万俟moqi 尉迟yuchi "
    "单于chanyu 澹台tantai 长孙zhangsun"
)


def _table(text: str) -> dict[str, float]:
    return {word.rstrip(".0123456789"): float(word[len(word.rstrip(".0123456789")) :]) for word in text.split()}


FAMILY: Final = _table(_HAN_FAMILY) | _table(_LATIN_FAMILY)
GIVEN: Final = _table(_HAN_GIVEN) | _table(_LATIN_GIVEN)
READINGS: Final = {
    w.rstrip("abcdefghijklmnopqrstuvwxyz"): w.lstrip(w.rstrip("abcdefghijklmnopqrstuvwxyz")) for w in _READINGS.split()
}
"""Readings as a surname, where they differ from the usual reading or are easily got wrong (NORMALISATION 2.6)."""
