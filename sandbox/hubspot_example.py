"""Which customers are in the pretended HubSpot that users try, and which mappings fit them?"""

from __future__ import annotations

from typing import Final

from sandbox.command import Example
from sandbox.hubspot import HubSpotFake
from sandbox.hubspot_links import PRIMARY

_SOURCE: Final = """sources:
  hubspot:
    connector: hubspot
    token: ${{HUBSPOT_TOKEN}}
    base_url: {url}"""
_COMPANIES: Final = """table: hubspot.companies
offbook_id: offbook_id
record:
  organisation:
    name: name
    website: domain
    phones: phone"""
_CONTACTS: Final = """table: hubspot.contacts
offbook_id: offbook_id
record:
  person:
    family_name: lastname
    given_name: firstname
    emails: email
    phones: [mobilephone, phone]
    title: jobtitle
    works_at: {from: associatedcompanyid, ref: hubspot.companies}"""
_CUSTOMERS: Final = (
    ("上海宇润科技有限公司", "yurun.example", "021-68881234", "张", "伟", "zhang@yurun.example", "+86 138 0013 8000"),
    ("北京天合贸易有限公司", "tianhe.example", "", "李", "娜", "li@tianhe.example", "13900139000"),
    ("Smith Tools Ltd", "smithtools.example", "+1 212-555-0142", "Smith", "Anna", "anna@smithtools.example", ""),
)


def fill_examples(fake: HubSpotFake) -> None:
    for name, domain, phone, last, first, email, mobile in _CUSTOMERS:
        firm = fake.objects["companies"].create({"name": name, "domain": domain, "phone": phone})
        values = {"lastname": last, "firstname": first, "email": email, "mobilephone": mobile}
        person = fake.objects["contacts"].create(values)
        fake.links.make(person.id, firm.id, {PRIMARY})


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = HubSpotFake()
    fill_examples(fake)
    fake.start(port)
    mappings = {"hubspot.companies.yaml": _COMPANIES, "hubspot.contacts.yaml": _CONTACTS}
    return Example(fake, "HubSpot", _SOURCE.format(url=fake.base), mappings, {"HUBSPOT_TOKEN": fake.token})
