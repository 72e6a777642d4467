"""Chinese: what the engine says of runs, the ledger, guards, explanations and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    # sync/reading/tally.py
    "{table}: {read} records were read, {told} are accounted for. This is a fault of Offbook; nothing was written to any source. Please report it, with the name of the connector": "{table}：读取了 {read} 条记录，去向清楚的有 {told} 条。这是 Offbook 的错误；没有写入任何数据源。请报告此问题，并附上连接器名称",
    # sync/erase/act.py
    "there is no customer {entity}; `offbook show SOURCE KEY` tells whom a record speaks of": "没有客户 {entity}；`offbook show SOURCE KEY` 可查一条记录说的是谁",
    # sync/erase/answers.py
    "no open question {number} is about somebody who was erased": "没有编号为 {number} 的待答问题涉及已抹除的人",
    "no table that the ledger knows is called {source}": "账本不认识名为 {source} 的表",
    # sync/erase/retention.py
    "undo and removals that wait need at least {days} days; write more": "撤销和等待中的删除至少需要 {days} 天；请写大一些",
    # sync/erase/target.py
    "{source} holds no record {key} that the ledger knows": "账本所知的 {source} 里没有记录 {key}",
    # sync/explain.py
    "nobody asks this cell now: its link or its source is silent": "现在不问这个单元格：它的关联或数据源没有发言",
    "we wrote it and got no answer; the next run reads it again": "我们写过而没有回音；下次运行会再读",
    "it cannot be read, so it has no voice and is not written over; mend it there, or decide": "读不懂，因此不算数，也不覆盖；请在那里修正，或作出裁定",
    "it came back to an old value three times after we wrote it; decide, or find out what changes it": "我们写入后它三次变回旧值；请裁定，或查明是什么改了它",
    "no rule decides between the values; answer the question": "没有规则能在这些值之间取舍；请回答问题",
    "it says what golden says": "它与黄金值一致",
    "it is heard, but this place is only read, is not pushed, or may not receive this customer": "它的说法算数，但此处只读、不写入，或不可收到这个客户",
    "it differed when they met, or said what it may not; it stays until golden or the cell moves, or you decide": "初次关联时就不同，或说了它无权说的；保持原样，直到黄金值或单元格有变，或由您裁定",
    "it cannot be written there": "那里不能写入",
    "the next apply writes golden there": "下次执行会在那里写入黄金值",
    "offbook review accept mark/{table}/{entity} creates it again": "offbook review accept mark/{table}/{entity} 可重新新建",
    "the next run finds out whether it was created": "下次运行会查明是否已新建",
    "nothing: it may come back; after a second complete listing it counts as gone": "无需处理：它可能回来；再有一次完整清单仍没有，才算消失",
    "the filter `only` of the source decides; mend the field that it names": "由数据源的筛选 `only` 决定；请修正它所指的字段",
    "name the table under `create_in` of a job that pushes it": "请在某个写入该表的作业的 `create_in` 里写上这张表",
    "nothing: it is there already, in another table": "无需处理：它已在另一张表里",
    "fill what it lacks in any source, or answer the question about its owner": "请在任一数据源补上所缺的，或回答关于负责人的问题",
    "the filter of `create_in` decides; mend the field that it names": "由 `create_in` 的筛选决定；请修正它所指的字段",
    "answer its questions": "请回答相关问题",
    "create the one it belongs to first": "先新建它所属的那一个",
    "let a run read the whole table": "请让一次运行读完整张表",
    "remove our record if nobody needs it": "没有人需要时，请删除我们建的记录",
    "the next apply creates it": "下次执行会新建",
    "there is no customer `{name}`": "没有客户 `{name}`",
    "matching found it": "由匹配找到",
    "taken out there: {what}": "那里去掉了：{what}",
    "no place for {what}": "没有位置放 {what}",
    "the system rejected it": "系统拒绝了它",
    "left over from the one it spoke of before": "它以前所说的那一个留下的",
    "nobody says anything": "没有人说过什么",
    "{text} ({lacks})": "{text}（{lacks}）",
    "a removal waits since {day}": "自 {day} 起等待删除",
    "{field} = {value}, taken up by the next plan": "{field} = {value}，由下一份计划采用",
    "was his from {first} to {ended}: {why}": "从 {first} 到 {ended} 属于它：{why}",
    # sync/export.py
    "`{what}` cannot be exported; there is: {known}": "`{what}` 不能导出；可导出的有：{known}",
    "no kind is called `{kind}`; there is: {known}": "没有名为 `{kind}` 的类别；现有：{known}",
    "`{format}` is no format here; there is: {known}": "此处没有格式 `{format}`；可用的有：{known}",
    "a workbook needs a file to be written to": "工作簿需要写明文件",
    "{path} cannot be written; is it open in another program?": "{path} 不能写入；是否在别的程序里打开着？",
    # sync/reading/follow.py
    "{table}: the listing lacked records that are still there, so nothing counts as gone tonight": "{table}：清单里缺了其实还在的记录，因此今晚不把任何记录当作消失",
    # sync/agreeing/guards.py
    "{table}: what is read there has changed (filter, view, or acting user); if that is meant, let it through once with --allow {source}:scope": "{table}：那里读取的范围变了（筛选、视图或所用账号）；如属本意，用 --allow {source}:scope 放行一次",
    "{table}: no longer visible: {fields}; if that is meant, --allow {source}:fields": "{table}：看不见了：{fields}；如属本意，用 --allow {source}:fields",
    "{table}: {lacking} of {live} records are not there any more; nothing of it counts as deleted. If they are really gone, --allow {source}:emptied": "{table}：{live} 条记录中有 {lacking} 条不在了；一条都不当作已删除。如果确实没了，用 --allow {source}:emptied",
    "{table}: its mapping changed, so what it says is read anew; look at the plan, then let it through once with --allow {source}:mapping": "{table}：映射变了，它说的内容重新读取；请看计划，再用 --allow {source}:mapping 放行一次",
    "{table}: {count} records speak of another customer than before (limit {limit}); was it sorted by one column only? If it is meant, --allow {source}:moved": "{table}：{count} 条记录说的不再是原来的客户（限 {limit}）；是否只按一列排了序？如属本意，用 --allow {source}:moved",
    "{table}: {count} values are back to what they were before (an old copy?); if it is meant, --allow {source}:restored": "{table}：{count} 个值变回了以前的样子（是旧副本吗？）；如属本意，用 --allow {source}:restored",
    "{table}: {count} values of `{column}` are what another column held, or cannot be read any more; was a column inserted or moved? If it is meant, --allow {source}:shifted": "{table}：`{column}` 有 {count} 个值是另一列原来的内容，或已无法识读；是否插入或移动了列？如属本意，用 --allow {source}:shifted",
    "{table} was never written before; look at a plan and apply it once by hand: offbook apply PLAN": "{table} 从未被写入过；请先看计划并手工执行一次：offbook apply PLAN",
    "{table}: {count} {what}, more than the limit of {limit}; to let it through once: --allow {guard}={count}": "{table}：{count} {what}，超过上限 {limit}；放行一次：--allow {guard}={count}",
    # sync/agreeing/judge.py
    "what would be written there reads as what stands there already": "要写的内容与那里已有的读来一样",
    "a consent from this source is not passed on; name the source under kinds.….consent.authority": "来自这个数据源的同意不往外传；请在 kinds.….consent.authority 里写上这个数据源",
    "the field is locked in this record": "这条记录里该字段已锁定",
    # sync/ledger/lease.py
    "another run has taken over the ledger while this one slept; what was not sent stays planned": "这次运行停顿期间，另一次运行接管了账本；没有发出的仍在计划中",
    "the ledger is in use by {what} (process {pid} on {host}) until {until} at the latest; run again later": "账本正由 {what} 使用（{host} 上的进程 {pid}），最迟到 {until}；请稍后再运行",
    # sync/ledger/places.py
    "the ledger {path} would stand in {why}, where a SQLite file is damaged sooner or later; write `ledger:` with a path on this computer's own disk, or a postgresql:// address, in offbook.yaml": "账本 {path} 会放在 {why}，SQLite 文件在那里迟早会损坏；请在 offbook.yaml 的 `ledger:` 写本机磁盘上的路径，或 postgresql:// 地址",
    # sync/ledger/store.py
    "there is no ledger at {path} yet; run `offbook plan` or `offbook sync` first": "{path} 还没有账本；请先运行 `offbook plan` 或 `offbook sync`",
    "a ledger stands in SQLite or PostgreSQL, not in {kind}": "账本用 SQLite 或 PostgreSQL，不能用 {kind}",
    "the ledger was written by a newer Offbook (tables {found}, these are {ours}); update Offbook": "账本是由更新的 Offbook 写的（表结构 {found}，这里是 {ours}）；请升级 Offbook",
    "the ledger {where} is locked by another program; close it there, or run again later": "账本 {where} 被别的程序锁住；请在那里关闭它，或稍后再运行",
    "no room left on the disk of {where}; nothing is lost, make room and run again": "{where} 的磁盘没有空间了；什么都没丢，请腾出空间再运行",
    "the ledger {where} cannot be written; mend its permissions": "账本 {where} 不能写入；请修正它的权限",
    "the ledger {where} is damaged: {what}; restore a backup (`offbook restore FILE`) or move it away": "账本 {where} 已损坏：{what}；请恢复备份（`offbook restore FILE`），或把它移开",
    "the ledger {where} cannot be reached: {what}": "连不上账本 {where}：{what}",
    "the ledger {where} refused: {what}": "账本 {where} 拒绝了：{what}",
    # sync/agreeing/planning.py
    "plan {number} is {state} and cannot be applied again": "计划 {number} 已{state}，不能再执行",
    "the ledger was restored or erased from since plan {number} was made; plan again": "计划 {number} 做出之后，账本被恢复或抹除过；请重新做计划",
    "plan {number} is {hours} hours old; plan again": "计划 {number} 已过 {hours} 小时；请重新做计划",
    "mappings or rules changed since plan {number} was made; plan again": "计划 {number} 做出之后，映射或规则变了；请重新做计划",
    "plan {number} is not as it was made; plan again": "计划 {number} 与做出时不一样了；请重新做计划",
    # sync/linking/pointing.py
    "the one it points to has no record there yet": "它指向的那一个在那里还没有记录",
    "the record speaks of another one itself; mend the row, or unlink it": "这条记录本身说的是另一个；请修正这一行，或解除关联",
    # sync/writing/pushed.py
    "somebody has written something else there; it is not written over": "那里有人写了别的内容；不覆盖它",
    # sync/reading/read.py
    "{table}: the source stopped in the middle of its listing": "{table}：数据源在列出一半时停了",
    # sync/run.py
    "no run has written anything yet, so there is nothing to undo": "还没有任何运行写入过内容，没有可撤销的",
    "{source}: {trouble}": "{source}：{trouble}",
    # sync/tables.py
    "{file}: `{source}` holds several tables, so say which one with `at:`; there is: {known}": "{file}：`{source}` 有好几张表，请用 `at:` 说明是哪一张；现有：{known}",
    # sync/agreeing/undo.py
    "run {number} wrote nothing and decided nothing; `offbook runs` lists what did": "第 {number} 次运行没有写入也没有决定什么；`offbook runs` 列出有的",
    "its values were erased from the ledger": "它的值已从账本抹除",
    "its form changed since": "它的形式此后变了",
    "an opt-out is never taken back": "拒绝联系的意愿绝不撤回",
    "it was a first value": "它是最初的值",
    "it was changed since": "此后有人改过",
    "the record it created was changed since": "它新建的记录此后有人改过",
    # sync/safe/waiting.py
    "this ledger is an older copy: a record bears the mark of run {met}, and the ledger knows runs up to {known}. Nothing was decided or written. Bring the newest ledger back (`offbook restore FILE`), or go on with this one as after a restore: `offbook restore --here`": "这个账本是较旧的副本：有条记录带着第 {met} 次运行的标记，而账本只知道到第 {known} 次。什么都没有裁定或写入。请取回最新的账本（`offbook restore FILE`），或像恢复之后那样继续用这个：`offbook restore --here`",
    "the ledger was restored, so nothing is created or removed until all sources were read whole and a plan was applied; not read whole yet: {tables}": "账本是恢复来的，在所有数据源都完整读过并执行过一份计划之前，不新建也不删除；还没有完整读过的：{tables}",
    "the ledger was restored, so nothing is created or removed yet; all sources were read whole now: once this plan is applied, the next run creates and removes again": "账本是恢复来的，暂不新建也不删除；现在所有数据源都已完整读过：执行这份计划之后，下次运行就会照常新建和删除",
    "{table}: its workflows, approvals or mails may start for {creates} new and {updates} changed records": "{table}：写入可能触发它的工作流、审批或邮件：新建 {creates} 条，修改 {updates} 条",
}
