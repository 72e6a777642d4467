"""Does a public client of 企业微信 that nobody here wrote (wechatpy) get on with the pretended one?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient

from sandbox.wecom import CORP, SECRET, WeComFake


@pytest.fixture
def fake() -> Iterator[WeComFake]:
    with WeComFake() as made:
        made.tags = {"etVIP": "VIP", "etOLD": "老客户"}
        yield made


@pytest.fixture
def client(fake: WeComFake) -> Any:
    class Client(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{fake.base}/cgi-bin/"

        def fetch_access_token(self) -> Any:
            query = {"corpid": self.corp_id, "corpsecret": self.secret}
            return self._fetch_access_token(url=f"{self.API_BASE_URL}gettoken", params=query)

    return Client(CORP, SECRET, auto_retry=False)


def test_members_contacts_and_tags_are_read(fake: WeComFake, client: Any) -> None:
    contact = fake.add("wangfang", "行者", remark="赵敏", tag_id=["etVIP"], own_tags=["钓友"])
    fake.hold(contact, "lilei")
    api = client.external_contact
    assert api.get_follow_user_list()["follow_user"] == ["wangfang", "lilei"]
    assert api.list("lilei")["external_userid"] == [contact]
    shown = api.get(contact)
    assert shown["external_contact"]["name"] == "行者"
    assert [one["userid"] for one in shown["follow_user"]] == ["wangfang", "lilei"]
    assert [one.get("tag_id") for one in shown["follow_user"][0]["tags"]] == ["etVIP", None]
    (group,) = api.get_corp_tag_list()["tag_group"]
    assert [(tag["id"], tag["name"]) for tag in group["tag"]] == [("etVIP", "VIP"), ("etOLD", "老客户")]


def test_pages_are_gone_through(fake: WeComFake, client: Any) -> None:
    """By its plain call: its own method still names the parameter as the vendor did before 2022."""
    for n in range(130):
        fake.add("wangfang", f"n{n}")
    names, cursor = [], ""
    while True:
        body = {"userid_list": ["wangfang"], "cursor": cursor, "limit": 50}
        page = client.post("externalcontact/batch/get_by_user", data=body)
        names += [one["external_contact"]["name"] for one in page["external_contact_list"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert names == [f"n{n}" for n in range(130)]
    with pytest.raises(WeChatClientException) as raised:
        client.external_contact.batch_get_by_user("wangfang")
    assert raised.value.errcode == 40058


def test_remarks_and_tags_are_written_and_errors_are_errors(fake: WeComFake, client: Any) -> None:
    contact = fake.add("wangfang", "行者", remark_mobiles=["1"])
    said = {"userid": "wangfang", "external_userid": contact}
    client.post("externalcontact/remark", data={**said, "remark": "赵敏", "remark_mobiles": [""]})
    client.external_contact.mark_tag("wangfang", contact, add_tag=["etVIP"])
    held = fake.contacts[contact].holders["wangfang"]
    assert (held["remark"], held["remark_mobiles"], held["tag_id"]) == ("赵敏", [], ["etVIP"])
    for wrong, code in [
        ({**said, "remark": "赵" * 21}, 40058),
        (said, 40035),
        ({**said, "external_userid": "nobody", "remark": "x"}, 40096),
        ({**said, "userid": "nobody", "remark": "x"}, 60111),
    ]:
        with pytest.raises(WeChatClientException) as raised:
            client.post("externalcontact/remark", data=wrong)
        assert raised.value.errcode == code
    fake.expire()
    with pytest.raises(WeChatClientException) as raised:
        client.external_contact.get_follow_user_list()
    assert raised.value.errcode == 42001
