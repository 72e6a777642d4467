"""Chinese: samples, migrations and their reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "a sample: {count} of {every} customers that have something to be written, with all that belongs to them": "抽样：{every} 个有内容要写的客户中取 {count} 个，连同属于它们的一切",
    "went on with plan {plan}, which had been interrupted": "已接着执行被中断的计划 {plan}",
    "nothing more was written; the same command begins again": "没有再写入；用同一命令重新开始",
    "written: {done}; conflicts {conflict}, rejected {rejected}, without an answer {unknown}, not sent {unsent}": "写入 {done}；冲突 {conflict}，被拒绝 {rejected}，没有回应 {unknown}，未发送 {unsent}",
    "this was a sample: look at it in the other system, then run the same without --sample": "这是抽样：请在目标系统中查看，然后不带 --sample 再运行一次",
    "changes still to be written: {count}; run the same command again": "还有 {count} 项变更要写：请再运行同一命令",
    "{table}: what came in, and where it is": "{table}：进来的记录与去向",
    "came in": "进来",
    "created": "新建",
    "linked to a record there": "关联到那里已有的记录",
    "waiting: {reason}": "等待：{reason}",
    "put apart, as it cannot be read": "无法读取，放入隔离区",
    "The sums differ: {count} are nowhere. Please report it; nothing is lost at the places they came from.": "总数不符：有 {count} 条不知去向。请报告此问题；来源处没有丢失任何内容。",
    "beyond the sample": "不在抽样之内",
    "every field that both sides show is the same there": "双方都显示的字段在那里完全相同",
    "Not the same there": "在那里不相同的",
    "from → to": "来源 → 去向",
    "each of them, with its values: {path}": "逐条及其值：{path}",
    "another value was taken": "采用了另一个值",
    "stored otherwise": "那里存成了别的写法",
}
