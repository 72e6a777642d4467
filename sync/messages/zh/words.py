"""Chinese: short words that stand over columns everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "Changes": "变更",
    "More than usual; applying this plan by hand lets it through, as you have seen it": "比平常多；您已看过，手工执行这份计划即放行",
    "Noticed": "值得注意",
    "Questions": "问题",
    "Stopped by a guard": "被闸拦下",
    "also known from {records}": "还见于 {records}",
    "cells": "单元格",
    "changed": "有变",
    "customer": "客户",
    "field": "字段",
    "for example": "例如",
    "for {person}": "给 {person}",
    "golden": "黄金值",
    "is called {name} now": "现名 {name}",
    "missing": "缺失",
    "new": "新的",
    "ended there": "对方已删除或归档",
    "erased before": "此前已抹除",
    "filtered": "被筛选",
    "shown twice": "重复出现",
    "put apart": "隔离",
    "read": "读取",
    "rejected by the system": "被系统拒绝",
    "shown there": "那里显示",
    "source": "数据源",
    "table": "表",
    "times": "次数",
    "what to do": "怎么办",
    "where": "位置",
    "{record}: {shown}; golden: {golden}": "{record}：{shown}；黄金值：{golden}",
    "{table}: {count} {guard}, the limit is {limit}": "{table}：{count} {guard}，上限 {limit}",
}

__all__ = ["WORDS"]
