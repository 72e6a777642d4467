"""How are Chinese provinces and cities spelt in English? Pinyin as the word is read (重庆 is chongqing), put down once, as
working it out takes longer than comparing a thousand companies.
"""

from __future__ import annotations

from typing import Final

_PLACES_WORDS: Final = (
    "七台河qitaihe 三亚sanya 三明sanming 三沙sansha 三门峡sanmenxia 上海shanghai 上饶shangrao 东莞dongguan "
    "东营dongying 中卫zhongwei 中山zhongshan 临汾linfen 临沂linyi 临沧lincang 丹东dandong 丽水lishui 丽江lijiang "
    "义乌yiwu 乌兰察布wulanchabu 乌海wuhai 乌鲁木齐wulumuqi 乐山leshan 九江jiujiang 九龙jiulong 云南yunnan 云浮yunfu "
    "亳州bozhou 伊春yichun 余姚yuyao 佛山foshan 佳木斯jiamusi 保定baoding 保山baoshan 信阳xinyang 儋州danzhou "
    "克拉玛依kelamayi 六安luan 六盘水liupanshui 兰州lanzhou 内江neijiang 内蒙古neimenggu 包头baotou 北京beijing "
    "北海beihai 十堰shiyan 南京nanjing 南充nanchong 南宁nanning 南平nanping 南昌nanchang 南海nanhai 南通nantong "
    "南阳nanyang 厦门xiamen 双鸭山shuangyashan 台中taizhong 台北taibei 台南tainan 台州taizhou 台湾taiwan 合肥hefei "
    "吉安jian 吉林jilin 吐鲁番tulufan 吕梁lvliang 吴忠wuzhong 周口zhoukou 呼伦贝尔hulunbeier 呼和浩特huhehaote "
    "咸宁xianning 咸阳xianyang 哈密hami 哈尔滨haerbin 唐山tangshan 商丘shangqiu 商洛shangluo 嘉义jiayi 嘉兴jiaxing "
    "嘉峪关jiayuguan 四川sichuan 四平siping 固原guyuan 基隆jilong 大同datong 大庆daqing 大理dali 大连dalian "
    "天水tianshui 天津tianjin 太仓taicang 太原taiyuan 威海weihai 娄底loudi 孝感xiaogan 宁夏ningxia 宁德ningde "
    "宁波ningbo 安庆anqing 安康ankang 安徽anhui 安阳anyang 安顺anshun 定西dingxi 宜兴yixing 宜宾yibin 宜昌yichang "
    "宜春yichun 宝鸡baoji 宣城xuancheng 宿州suzhou 宿迁suqian 山东shandong 山西shanxi 岳阳yueyang 崇左chongzuo "
    "巴中bazhong 巴彦淖尔bayannaoer 常州changzhou 常德changde 常熟changshu 平凉pingliang 平顶山pingdingshan "
    "广东guangdong 广元guangyuan 广安guangan 广州guangzhou 广西guangxi 庆阳qingyang 廊坊langfang 延安yanan "
    "延边yanbian 开封kaifeng 张家口zhangjiakou 张家港zhangjiagang 张家界zhangjiajie 张掖zhangye 徐州xuzhou 德州dezhou "
    "德阳deyang 忻州xinzhou 怀化huaihua 恩施enshi 惠州huizhou 慈溪cixi 成都chengdu 扬州yangzhou 承德chengde "
    "抚州fuzhou 抚顺fushun 拉萨lasa 揭阳jieyang 攀枝花panzhihua 新乡xinxiang 新余xinyu 新北xinbei 新疆xinjiang "
    "新竹xinzhu 无锡wuxi 日喀则rikaze 日照rizhao 昆山kunshan 昆明kunming 昭通zhaotong 晋中jinzhong 晋城jincheng "
    "晋江jinjiang 普洱puer 景德镇jingdezhen 曲靖qujing 朔州shuozhou 朝阳zhaoyang 本溪benxi 来宾laibin 杭州hangzhou "
    "松原songyuan 枣庄zaozhuang 柳州liuzhou 株洲zhuzhou 桂林guilin 桃园taoyuan 梅州meizhou 梧州wuzhou 榆林yulin "
    "武威wuwei 武汉wuhan 毕节bijie 永州yongzhou 汉中hanzhong 汕头shantou 汕尾shanwei 江苏jiangsu 江西jiangxi "
    "江门jiangmen 江阴jiangyin 池州chizhou 沈阳shenyang 沧州cangzhou 河北hebei 河南henan 河池hechi 河源heyuan "
    "泉州quanzhou 泰安taian 泰州taizhou 泸州luzhou 洛阳luoyang 济南jinan 济宁jining 济源jiyuan 浙江zhejiang "
    "浦东pudong 海东haidong 海南hainan 海口haikou 淄博zibo 淮北huaibei 淮南huainan 淮安huaian 深圳shenzhen "
    "清远qingyuan 温州wenzhou 渭南weinan 湖北hubei 湖南hunan 湖州huzhou 湘潭xiangtan 湘西xiangxi 湛江zhanjiang "
    "滁州chuzhou 滨州binzhou 滨海binhai 漯河tahe 漳州zhangzhou 潍坊weifang 潮州chaozhou 澳门aomen 濮阳puyang "
    "烟台yantai 焦作jiaozuo 牡丹江mudanjiang 玉林yulin 玉溪yuxi 珠海zhuhai 甘肃gansu 白城baicheng 白山baishan "
    "白银baiyin 百色baise 益阳yiyang 盐城yancheng 盘锦panjin 眉山meishan 石嘴山shizuishan 石家庄shijiazhuang "
    "石狮shishi 福州fuzhou 福建fujian 秦皇岛qinhuangdao 绍兴shaoxing 绥化suihua 绵阳mianyang 聊城liaocheng "
    "肇庆zhaoqing 自贡zigong 舟山zhoushan 芜湖wuhu 苏州suzhou 茂名maoming 荆州jingzhou 荆门jingmen 莆田putian "
    "莱芜laiwu 菏泽heze 萍乡pingxiang 营口yingkou 葫芦岛huludao 蚌埠bengbu 衡水hengshui 衡阳hengyang 衢州quzhou "
    "襄阳xiangyang 西宁xining 西安xian 西藏xizang 许昌xuchang 贵州guizhou 贵港guigang 贵阳guiyang 贺州hezhou "
    "资阳ziyang 赣州ganzhou 赤峰chifeng 辽宁liaoning 辽源liaoyuan 辽阳liaoyang 达州dazhou 运城yuncheng "
    "连云港lianyungang 通化tonghua 通辽tongliao 遂宁suining 遵义zunyi 邢台xingtai 邯郸handan 邵阳shaoyang "
    "郑州zhengzhou 郴州chenzhou 鄂尔多斯eerduosi 鄂州ezhou 酒泉jiuquan 重庆chongqing 金华jinhua 金昌jinchang "
    "钦州qinzhou 铁岭tieling 铜仁tongren 铜川tongchuan 铜陵tongling 银川yinchuan 锦州jinzhou 镇江zhenjiang "
    "长春changchun 长沙changsha 长治zhangzhi 阜新fuxin 阜阳fuyang 防城港fangchenggang 阳江yangjiang 阳泉yangquan "
    "陇南longnan 陕西shanxi 随州suizhou 雄安xiongan 雅安yaan 青岛qingdao 青海qinghai 鞍山anshan 韶关shaoguan "
    "顺德shunde 香港xianggang 马鞍山maanshan 驻马店zhumadian 高雄gaoxiong 鸡西jixi 鹤壁hebi 鹤岗hegang 鹰潭yingtan "
    "黄冈huanggang 黄山huangshan 黄石huangshi 黑河heihe 黑龙江heilongjiang 齐齐哈尔qiqihaer 龙岩longyan "
)


def _bare(word: str) -> str:
    return word.rstrip("abcdefghijklmnopqrstuvwxyz")


PLACES_READ: Final = {_bare(word): word[len(_bare(word)) :] for word in _PLACES_WORDS.split()}
"""Place (matching.forms.words.regions.PLACES) → its pinyin."""
