"""Which contacts are in the pretended 企业微信 that users try?"""

from __future__ import annotations

from sandbox.command import Example
from sandbox.wecom import CORP, SECRET, WeComFake

_SOURCE = """sources:
  wecom:
    connector: wecom
    corp_id: {corp}
    secret: ${{WECOM_SECRET}}
    base_url: {url}"""
_MAPPING = """table: wecom
record:
  person:
    name:
      - {from: name, direction: pull}    # a nickname; the remark is ours
      - {from: remark, template: "{name}", direction: push}
    phones: remark_mobiles
    tags: tag_id
    works_at: organisation
  organisation:
    name: remark_company"""


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = WeComFake()
    fake.tags = {"etAJ2GCAAAXtWyujaWJHDDGi0mACHvip": "VIP", "etAJ2GCAAAXtWyujaWJHDDGi0mACHold": "老客户"}
    zhao = fake.add("wangfang", "小赵", remark="宇润 赵敏", remark_corp_name="上海宇润科技有限公司",
                    remark_mobiles=["13911112222"], tag_id=[next(iter(fake.tags))])  # fmt: skip
    fake.hold(zhao, "lilei", remark="赵总")
    fake.add(
        "lilei", "行者无疆", remark="苏州晨光 顾晓", remark_corp_name="苏州晨光纺织厂", remark_mobiles=["13700004444"]
    )
    fake.add("lilei", "陈刚", external={"type": 2, "corp_name": "天合贸易", "corp_full_name": "北京天合贸易有限公司"})
    fake.start(port)
    source = _SOURCE.format(corp=CORP, url=fake.base)
    return Example(fake, "企业微信", source, {"wecom.yaml": _MAPPING}, {"WECOM_SECRET": SECRET})
