"""Chinese: samples, migrations and their reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "a sample: {count} of {every} customers that have something to be written, with all that belongs to them": "抽样：{every} 个有内容要写的客户中取 {count} 个，连同属于它们的一切",
}
