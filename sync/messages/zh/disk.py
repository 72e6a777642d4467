"""Chinese for what a ledger's disk says."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "the disk refused to read or write the ledger {where} (disk I/O error): a quota may be used up, or the disk fails; nothing of it is lost, look at the disk and run again": "磁盘拒绝读写账本 {where}（磁盘 I/O 错误）：可能配额已用完，或磁盘有故障；账本没有丢失任何内容，请检查磁盘后再运行",
}
