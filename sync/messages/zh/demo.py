"""Chinese: what the demo prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "      the whole of it as a page: open it in a browser": "      全部内容的网页：请用浏览器打开",
    # before it
    "Files in {folder} were changed since the last demo; they are kept in {aside}.": "{folder} 里的文件自上次演示后有改动；已保留在 {aside}。",
    "Offbook on the made-up customers of a trading company (seed {seed}), in {folder}": "Offbook 演示：一家贸易公司的虚构客户（种子 {seed}），在 {folder}",
    "file": "文件",
    "what it is": "是什么",
    "Wang Fang's workbook, eleven years old": "王芳用了十一年的客户表",
    "Lee's workbook; he sells abroad": "李经理的客户表，做外贸",
    "an export of the ERP, in GB18030; read, never written": "ERP 导出的 GB18030 文件；只读不写",
    "the contacts of Wang's phone": "王芳手机里的通讯录",
    "the formal CRM: accounts and contacts": "正式 CRM：公司表和联系人表",
    # what was found
    "What Offbook found": "Offbook 发现了什么",
    "companies": "公司",
    "contacts": "联系人",
    "number": "数量",
    "of these stand in more than one table": "其中出现在不止一张表里",
    "{kind} are off the books: not in the CRM; {creating} can be created there now": "{kind}在账外：CRM 里没有；其中 {creating} 个现在就能新建",
    "stand in {table} more than once": "在 {table} 里重复出现",
    "values differ between places; each place keeps its own, as `first_link: keep` says": "个值各处不同；按 `first_link: keep`，各处保留自己的",
    "values are damaged (1.38001E+10): told, not used, not written over": "个值已损坏（如 1.38001E+10）：只报告，不采用，也不覆盖",
    "times a person is asked whether two are the same": "次要问人：两者是不是同一个",
    "times a person is asked which value is right": "次要问人：哪个值是对的",
    # what would be written
    "Some of it": "其中一些",
    # the judge
    "Measured against the truth (truth.csv, which Offbook does not read)": "与真相对照（truth.csv，Offbook 不会读它）",
    "good": "合格",
    "yes": "是",
    "NO": "否",
    "two customers taken for one": "把两个客户当成一个",
    "typed values that would be written over": "会被覆盖的手填值",
    "creates of somebody who is there already": "会重复新建的客户",
    "creates of somebody who is there under a former company, with nothing in common but the name": (
        "会新建、而在原公司名下已有、除姓名外毫无共同之处的客户"
    ),
    "{number} (no bar)": "{number}（不设上限）",
    "questions about who is who": "关于“谁是谁”的提问",
    "questions about a value": "关于取值的提问",
    "classes of values that differ and are kept": "保留不同取值的类别",
    "true duplicates that are linked or asked": "已关联或已提问的真实重复",
    "{number} (at most {most})": "{number}（最多 {most}）",
    "{share} of {pairs} (at least {least})": "{pairs} 对中的 {share}（至少 {least}）",
    # after it
    "The same job again: {changes} changes": "同一任务再跑一次：{changes} 处变更",
    "the second run should have had nothing to write": "第二次运行本不该再有要写的内容",
    "Try next": "接下来可以试试",
    "every change, from what to what and why": "每一处变更：从什么改成什么，为什么",
    "one record: whom it speaks of, and what it shows": "一条记录：说的是谁，显示了什么",
    "after you have changed a cell somewhere": "在任何一处改动一个单元格之后",
}
