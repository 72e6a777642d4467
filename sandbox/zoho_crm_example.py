"""Which mappings fit the customers in the pretended Zoho CRM that users try?"""

from __future__ import annotations

from sandbox.command import Example
from sandbox.zoho_crm import ZohoFake
from sandbox.zoho_modules import fill_examples

_SOURCE = """sources:
  zoho_crm:
    connector: zoho_crm
    client_id: {client}
    client_secret: ${{ZOHO_CLIENT_SECRET}}
    refresh_token: ${{ZOHO_REFRESH_TOKEN}}
    base_url: {url}
    accounts_url: {url}"""
_ACCOUNTS = """table: zoho_crm.Accounts
offbook_id: Offbook_ID
record:
  organisation:
    name: Account_Name
    phones: Phone
    website: Website
    tier: {from: Rating, values: {VIP: vip, Normal: normal, Potential: potential}}"""
_CONTACTS = """table: zoho_crm.Contacts
offbook_id: Offbook_ID
record:
  person:
    family_name: Last_Name
    given_name: First_Name
    emails: [Email, Secondary_Email]
    phones: Mobile
    works_at: {from: Account_Name, ref: zoho_crm.Accounts}"""


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = ZohoFake()
    fill_examples(fake.modules)
    fake.start(port)
    secrets = {"ZOHO_CLIENT_SECRET": fake.client_secret, "ZOHO_REFRESH_TOKEN": fake.refresh_token}
    mappings = {"zoho_crm.Accounts.yaml": _ACCOUNTS, "zoho_crm.Contacts.yaml": _CONTACTS}
    return Example(fake, "Zoho CRM", _SOURCE.format(client=fake.client_id, url=fake.base), mappings, secrets)
