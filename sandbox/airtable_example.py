"""Which customers are in the pretended Airtable that users try?"""

from __future__ import annotations

from sandbox.airtable import Airtable
from sandbox.airtable_base import Base, Sheet, choices
from sandbox.command import Example

TOKEN = "patSandbox"  # noqa: S105 - it opens nothing but a fake on this machine
_COMPANIES = (
    ("上海宇润科技有限公司", "https://yurun.example", "VIP"),
    ("Nordwind Logistics GmbH", "https://nordwind.example", "Normal"),
    ("苏州晨光纺织厂", None, "Normal"),
)
_PEOPLE = (
    ("张伟", "zhang.wei@yurun.example", "13800138000", 0),
    ("Anna Keller", "keller@nordwind.example", "+49 40 5550123", 1),
    ("李娜", None, "139 0013 9000", 2),
    ("王总", None, "0512-65550188", 2),
)
_SOURCE = """sources:
  airtable:
    connector: airtable
    base: {base}
    token: ${{AIRTABLE_TOKEN}}
    base_url: {url}"""
_COMPANY_MAPPING = """table: airtable.companies
at: tblCompanies00001                  # Companies
offbook_id: fldCompanyOffbook          # offbook id
record:
  organisation:
    name: fldCompanyName001            # Name
    website: fldCompanyWeb0001         # Website
    tier: {from: fldCompanyTier001, values: {VIP: vip, Normal: normal}}"""
_PEOPLE_MAPPING = """table: airtable.people
at: tblPeople00000001                  # People
offbook_id: fldPersonOffbook1          # offbook id
record:
  person:
    name: fldPersonName0001            # Name
    emails: fldPersonMail0001          # Mail
    phones: fldPersonPhone001          # Phone
    works_at: {from: fldPersonFirm0001, ref: airtable.companies}"""


def example(port: int) -> Example:
    """Raises OSError where the port is taken."""
    fake = Airtable(token=TOKEN)
    base = Base("appSandbox0000001", "Sales", tables=[_companies(), _people()])
    fake.bases[base.id] = base
    keys = [
        fake.add(base.tables[0], {"fldCompanyName001": name, "fldCompanyWeb0001": web, "fldCompanyTier001": tier})
        for name, web, tier in _COMPANIES
    ]
    for name, mail, phone, at in _PEOPLE:
        cells = {"fldPersonName0001": name, "fldPersonMail0001": mail, "fldPersonPhone001": phone}
        fake.add(base.tables[1], {**cells, "fldPersonFirm0001": [keys[at]]})
    fake.start(port)
    source = _SOURCE.format(base=base.id, url=fake.base)
    mappings = {"airtable.companies.yaml": _COMPANY_MAPPING, "airtable.people.yaml": _PEOPLE_MAPPING}
    return Example(fake, "Airtable", source, mappings, {"AIRTABLE_TOKEN": TOKEN})


def _companies() -> Sheet:
    tier = choices("VIP", "Normal")
    return Sheet("tblCompanies00001", "Companies", [
        {"id": "fldCompanyName001", "name": "Name", "type": "singleLineText"},
        {"id": "fldCompanyWeb0001", "name": "Website", "type": "url"},
        {"id": "fldCompanyTier001", "name": "Tier", "type": "singleSelect", "options": tier},
        {"id": "fldCompanyOffbook", "name": "offbook id", "type": "singleLineText"},
    ])  # fmt: skip


def _people() -> Sheet:
    link = {"linkedTableId": "tblCompanies00001", "prefersSingleRecordLink": True}
    return Sheet("tblPeople00000001", "People", [
        {"id": "fldPersonName0001", "name": "Name", "type": "singleLineText"},
        {"id": "fldPersonMail0001", "name": "Mail", "type": "email"},
        {"id": "fldPersonPhone001", "name": "Phone", "type": "phoneNumber"},
        {"id": "fldPersonFirm0001", "name": "Company", "type": "multipleRecordLinks", "options": link},
        {"id": "fldPersonOffbook1", "name": "offbook id", "type": "singleLineText"},
    ])  # fmt: skip
