"""Which mappings fit the customers in the pretended Salesforce that users try?"""

from __future__ import annotations

from sandbox.command import Example
from sandbox.salesforce import SalesforceFake
from sandbox.salesforce_org import fill_examples

_SOURCE = """sources:
  salesforce:
    connector: salesforce
    base_url: {url}
    client_id: {client}
    client_secret: ${{SALESFORCE_SECRET}}"""
_ACCOUNTS = """table: salesforce.Account
offbook_id: Offbook_ID__c
record:
  organisation:
    name: Name
    phones: Phone
    website: Website
    tier: {from: Rating, values: {Hot: vip, Warm: normal, Cold: potential}}"""
_CONTACTS = """table: salesforce.Contact
offbook_id: Offbook_ID__c
record:
  person:
    family_name: LastName
    given_name: FirstName
    emails: Email
    phones: MobilePhone
    works_at: {from: AccountId, ref: salesforce.Account}"""


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = SalesforceFake()
    fill_examples(fake.objects)
    fake.start(port)
    mappings = {"salesforce.Account.yaml": _ACCOUNTS, "salesforce.Contact.yaml": _CONTACTS}
    secrets = {"SALESFORCE_SECRET": fake.signin.client_secret}
    return Example(fake, "Salesforce", _SOURCE.format(url=fake.base, client=fake.signin.client_id), mappings, secrets)
