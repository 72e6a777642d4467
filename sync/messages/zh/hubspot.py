"""Chinese of what the hubspot connector says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "the calls that HubSpot grants this account in a day are used up; Offbook stops here and goes on when they begin anew, at midnight in the account's time zone": "HubSpot 给这个账户的当日调用次数已用完；Offbook 在此停止，等次数重新计算（账户时区的零点）后继续",
    "HubSpot answers without JSON; Offbook tries again later": "HubSpot 的回答不是 JSON；Offbook 稍后再试",
    "Scopes that it lacks: {scopes}.": "缺少的权限范围：{scopes}。",
    "HubSpot lets nobody write this property": "HubSpot 不允许写入这个属性",
    "HubSpot answers without a list of records; nothing can be said of it": "HubSpot 的回答里没有记录列表；无法作出判断",
    "HubSpot sends the same page of {table} again and again": "HubSpot 反复返回 {table} 的同一页",
    "the search of HubSpot does not list {table} in the order of ids; what changed cannot be told": "HubSpot 的搜索没有按编号顺序列出 {table}；无法判断改了什么",
    "HubSpot sent records that cannot be read": "HubSpot 返回了无法读取的记录",
    "some records vanished while they were read": "读取过程中有些记录消失了",
    "the cursor is older than what HubSpot remembers of archived records": "游标早于 HubSpot 保留已归档记录的期限",
    "HubSpot does not say why": "HubSpot 没有说明原因",
    "HubSpot's answer does not tell what was done": "HubSpot 的回答没有说明做了什么",
    "grant crm.objects.owners.read to the private app too, so that owners are shown by name": "请同时授予私有应用 crm.objects.owners.read，以便按姓名显示负责人",
    "`{table}` has no property for our id; name one with `offbook_id:`": "`{table}` 没有存放我们编号的属性；请用 `offbook_id:` 指定一个",
    "`{table}` has no property `{column}` for our id; add it, or take `offbook_id:` out of the mapping": "`{table}` 没有存放我们编号的属性 `{column}`；请添加，或从映射中去掉 `offbook_id:`",
    "the private app lacks the scope crm.objects.{table}.write; without it nothing is written": "私有应用缺少权限范围 crm.objects.{table}.write；没有它就不会写入任何内容",
    "`{table}` has no property `{field}` that this private app sees": "`{table}` 没有这个私有应用可见的属性 `{field}`",
    "let `{field}` of `{table}` be a property with unique values, so that nothing is created twice": "请把 `{table}` 的 `{field}` 设为值唯一的属性，以免重复创建",
    "`{field}` of `{table}` cannot hold our ids; make it single-line text": "`{table}` 的 `{field}` 放不下我们的编号；请改为单行文本",
    "{error} HubSpot: Settings → Integrations → Private Apps → Scopes: crm.objects.{table}.read and crm.schemas.{table}.read": "{error} HubSpot：设置 → 集成 → 私有应用 → 权限范围：crm.objects.{table}.read 和 crm.schemas.{table}.read",
}
