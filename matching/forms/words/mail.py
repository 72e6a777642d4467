"""Which mail domains give addresses to everybody, and which local parts belong to no person?"""

from __future__ import annotations

from typing import Final

_PUBLIC_WORDS: Final = (
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.com.cn yahoo.cn yahoo.com.hk yahoo.com.tw ymail.com "
    "hotmail.com hotmail.co.uk outlook.com live.com live.cn msn.com aol.com icloud.com me.com mac.com "
    "proton.me protonmail.com gmx.com gmx.de web.de mail.com mail.ru yandex.ru zoho.com fastmail.com "
    "comcast.net verizon.net att.net sbcglobal.net btinternet.com qq.com vip.qq.com foxmail.com 163.com "
    "vip.163.com 126.com vip.126.com yeah.net 188.com 139.com 189.cn wo.cn sina.com sina.cn vip.sina.com "
    "sohu.com tom.com 21cn.com aliyun.com 263.net hinet.net seed.net.tw pchome.com.tw netvigator.com "
    "naver.com daum.net orange.fr free.fr wanadoo.fr laposte.net libero.it t-online.de rediffmail.com "
    "bigpond.com"
)
PUBLIC: Final = frozenset(_PUBLIC_WORDS.split())

_SHARED_WORDS: Final = (
    "info sales admin contact office hr service services support hello enquiries enquiry inquiry mail email "
    "post team marketing business biz market shop order orders billing accounts account finance reception "
    "help webmaster postmaster noreply no-reply job jobs career careers recruit recruitment press media pr "
    "legal export import purchase purchasing procurement caigou xiaoshou kefu zhaopin hr01 bangongshi yewu "
    "shichang caiwu public company gongsi zongjingli ceo general main manager secretary secretariat customer "
    "customerservice cs crm it tech technical booking bookings reservations"
)
SHARED: Final = frozenset(_SHARED_WORDS.split())
