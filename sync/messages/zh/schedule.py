"""Chinese: scheduled runs, and files for an outside scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "no job in offbook.yaml has a `schedule`; write one, such as `schedule: daily 02:30`": "offbook.yaml 中没有作业写了 `schedule`；请写一个，例如 `schedule: daily 02:30`",
    "a mistake of Offbook's own ({kind})": "Offbook 自身的错误（{kind}）",
    "{path} exists already and says something else; move it away first": "{path} 已存在且内容不同；请先移走",
    "cron cannot say `{schedule}` (job {job}): use `offbook schedule`, or --print systemd": "cron 无法表达 `{schedule}`（作业 {job}）：请用 `offbook schedule`，或 --print systemd",
    "Windows cannot say weekdays of certain days or months: `{schedule}`; use `offbook schedule`": "Windows 无法表达限定日期或月份的星期：`{schedule}`；请用 `offbook schedule`",
    "{job}: a time went by while nobody was running; it is caught up now": "{job}：有一次时间在无人运行时错过，现在补上",
    "next: {job} at {time}": "下一次：{job}，{time}",
    "{planned} changes planned, {done} written, {waits} not sent, {questions} questions": "计划 {planned} 项变更，写入 {done} 项，未发送 {waits} 项，待问 {questions} 个",
    "{job}: stopped in good order; {counts}": "{job}：已正常停止；{counts}",
    "{job}: failed ({code}): {trouble}": "{job}：失败（{code}）：{trouble}",
    "{job}: {counts}; not all of it went well ({code}), see `offbook show {plan}`": "{job}：{counts}；并非全部顺利（{code}），见 `offbook show {plan}`",
    "{job}: {counts}": "{job}：{counts}",
}
