"""Which customers are in the pretended Google sheet that users try?"""

from __future__ import annotations

import json

from sandbox.command import Example
from sandbox.google_sheets import ACCOUNT, example

_SOURCE = """sources:
  google_sheets:
    connector: google_sheets
    spreadsheet: example-customers
    credentials: ${{GOOGLE_CREDENTIALS}}
    base_url: {url}"""
_MAPPING = """table: google_sheets
at: 客户
offbook_id: offbook_id
record:
  organisation:
    name: 公司
    phones: 电话
    notes: 备注"""


def started(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = example()
    fake.people["example-sign-in"] = ACCOUNT
    fake.start(port)
    person = {
        "type": "authorized_user",
        "client_id": "example",
        "client_secret": "example-secret",
        "refresh_token": "example-sign-in",
        "token_uri": f"{fake.base}/token",
    }
    secrets = {"GOOGLE_CREDENTIALS": json.dumps(person, separators=(",", ":"))}
    return Example(fake, "Google Sheets", _SOURCE.format(url=fake.base), {"google_sheets.yaml": _MAPPING}, secrets)
