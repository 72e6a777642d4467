"""Chinese: backups, restores, and what is said of an erasure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    # backup and restore
    "this ledger stands in a database server: back it up with its own tools (pg_dump)": "账本在数据库服务器上：请用它自己的工具备份（pg_dump）",
    "{path} exists already; name a file that does not": "{path} 已存在；请换一个不存在的文件名",
    "no room for a copy of {size} MB in {folder}": "{folder} 中放不下 {size} MB 的副本",
    "{path} is not a whole ledger of Offbook; take another backup": "{path} 不是完整的 Offbook 账本；请换一份备份",
    "{path} is damaged; take another backup": "{path} 已损坏；请换一份备份",
    "{path} was written by a newer Offbook (tables {found}, these are {ours}); update Offbook": "{path} 由更新版本的 Offbook 写成（表版本 {found}，本程序为 {ours}）；请升级 Offbook",
    "another program has the ledger {where} open; close it, then restore again": "另一个程序正打开着账本 {where}；请关闭后再恢复",
    "{path} is a backup of another ledger than {ledger}; a workspace gets its own ledger back": "{path} 是另一本账本的备份，不属于 {ledger}；工作区只能恢复自己的账本",
    "this ledger stands in a database server: bring it back with its own tools (pg_restore), then run `offbook restore --here`": "账本在数据库服务器上：请用它自己的工具恢复（pg_restore），然后运行 `offbook restore --here`",
    "{path}: {records} records, {links} links, {entities} customers, contacts and visits, up to run {run} ({size} KB)": "{path}：{records} 条记录、{links} 个关联、{entities} 个客户、联系人和拜访，直到第 {run} 次运行（{size} KB）",
    "the copy holds customers' values and can be read by you alone; whoever is erased later stands in it still, and `offbook erase` names it": "副本含有客户的值，只有您能读取；以后被清除的客户仍在其中，`offbook erase` 会指出它",
    "{path}: a ledger of {last}, run {run}: {records} records, {links} links, {entities} customers, contacts and visits": "{path}：{last} 的账本，第 {run} 次运行：{records} 条记录、{links} 个关联、{entities} 个客户、联系人和拜访",
    "there is no whole ledger at {ledger} now": "{ledger} 处现在没有完整的账本",
    "the present ledger has made {count} runs since; decisions taken in them are lost, the sources keep what was written": "现有账本此后又运行了 {count} 次；其间的裁定会丢失，已写入数据源的内容保留",
    "Everything is linked for the first time again: nothing that a person typed is overwritten, and nothing is created or removed until all sources were read whole and a plan was applied.": "一切重新按首次关联处理：不会覆盖任何人填写的内容；在所有数据源完整读取并执行一次计划之前，不新建也不删除。",
    "Put it in the ledger's place? The present one is kept beside it. [y/N]": "用它取代现有账本吗？现有账本会保留在旁边。[y/N]",
    "restored as run {run}: {records} records, {entities} customers, contacts and visits": "已恢复，记为第 {run} 次运行：{records} 条记录、{entities} 个客户、联系人和拜访",
    "the ledger that stood there is kept as {path}; remove it when it is not needed any more": "原来的账本保留为 {path}；不再需要时请删除",
    "customers erased since the backup and taken out again: {count}": "备份之后被清除的 {count} 个客户已再次清除",
    "next: `offbook plan JOB`, look at what is kept and asked, then apply it": "下一步：`offbook plan JOB`，查看保留和待问的内容，然后执行",
    # erasing
    "{kind} {name} ({entity})": "{kind} {name}（{entity}）",
    "{count} others bear one of the same numbers or addresses and stay: {ids}": "另有 {count} 个客户带有相同的号码或地址，予以保留：{ids}",
    "{count} others point to this one and stay, without it": "另有 {count} 个客户指向它，予以保留但不再指向它",
    "What is erased cannot be brought back, and plans that are open are abandoned.": "清除后无法恢复；尚未完成的计划会被放弃。",
    "Erase all of it from the ledger? [y/N]": "从账本中全部清除吗？[y/N]",
    "erased: {records} records lost what they said; kept away until {until} by {count} digests": "已清除：{records} 条记录的内容已移除；在 {until} 之前凭 {count} 个摘要拦在外面",
    "erased by age: {customers} customers whose last record ended before, {records} records, {past} former values of others": "已按期限清除：{customers} 个最后一条记录早已结束的客户、{records} 条记录、其他客户的 {past} 个旧值",
    "another program has the ledger open, so freed pages are not cleared yet; they are at the next erasure or when all have closed it": "另一个程序正打开着账本，释放的页面尚未清空；下次清除时或全部关闭后会清空",
    "is removed there, after its waiting time": "等待期过后在那里删除",
    "goes on holding it: remove it there yourself": "那里仍然保留：请自行删除",
    "what happens there": "那里的处理",
    "These files hold what was true when they were made, and are not searched:": "以下文件保存着生成时的内容，不会被搜索：",
}
