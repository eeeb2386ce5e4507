"""The descriptions of an HR system and of a payroll, in the variants that companies use."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from connectors.contract.connector import Connector
from connectors.rest import loader

HEAD = """\
kind: {kind}
name: {name}
summary: A system of the proofs.
url: https://proofs.example.com
requests_per_second: 1000
page_size: {{default: 3, most: 100}}
authorisation: {{kind: none}}
check: {{path: /me, id: number}}
errors: {{messages: [wrong]}}
employees:
  id: id
  list: {{path: /people, {listing}}}
  get: {{path: "/people/{{id}}"}}
"""
PAGINGS = {
    "whole": "records: people",
    "page": "records: people, paging: {kind: page, parameter: page, size_parameter: size, first: 1, pages: pages}",
    "uncounted": "records: people, paging: {kind: page, parameter: page, size_parameter: size, first: 1}",
    "offset": "records: people, paging: {kind: offset, parameter: skip, size_parameter: size}",
    "cursor": "records: people, paging: {kind: cursor, parameter: after, cursor: next, size_parameter: size}",
    "link": "records: people, paging: {kind: link, size_parameter: size}",
}
HR = """\
source:
  mark: changed
  employee:
    first_name: first
    surname: last
    preferred_name: nick
    employee_number: number
    date_of_birth: born
    gender: sex
    email: mail
    mobile: mobile
    status: state
    start_date: since
    end_date: until
    employment_type: {at: kind, map: {permanent: Permanent_FullTime}}
    au_tax.tfn: tax
    bank_accounts: {each: accounts, values: {name: name, bsb: bsb, number: number}}
    address.line1: home.street
    address.suburb: home.town
    address.state: home.state
    address.postcode: home.code
    address.country: home.country
"""
PAYROLL = """\
  create: {path: /people}
  update: {path: "/people/{id}", method: PATCH, sends: ours}
target:
  external_id: number
  ended: {field: until}
  fields:
    - {name: number, label: Employee number, from: employee_number, max_length: 20, only_on_create: true}
    - {name: given, label: First name, from: first_name, required: true, identity: given names}
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
    - {name: nick, label: Preferred name, from: preferred_name}
    - {name: born, label: Date of birth, type: date, from: date_of_birth, identity: birth date}
    - {name: sex, label: Gender, from: gender, identity: gender}
    - {name: mail, label: E-mail, type: email, from: email, identity: e-mail}
    - {name: mobile, label: Mobile, type: phone, from: mobile}
    - {name: street, label: Street, from: address.line1}
    - {name: code, label: Postcode, from: address.postcode, identity: postcode}
    - {name: since, label: Start date, type: date, from: start_date}
    - {name: until, label: End date, type: date, from: end_date}
    - {name: tax, label: Tax number, format: tfn, from: au_tax.tfn, sensitive: true, identity: tax number, concern: tax}
    - {name: bsb, label: BSB, format: bsb, from: bank_accounts.0.bsb, sensitive: true, concern: bank}
    - {name: account, label: Bank account, format: account number, from: bank_accounts.0.number, sensitive: true,
       concern: bank}
"""
BY_NUMBER = '  by_external_id: {path: "/people/number/{external_id}"}\n'


@cache
def hr(paging: str) -> Connector:
    """Return the HR system that lists its employees in one of the ways."""
    return _load("proofs_hr", HEAD.format(kind="proofs_hr", name="People", listing=PAGINGS[paging]) + HR)


@cache
def payroll(paging: str, *, numbered: bool) -> Connector:
    """Return the payroll; one that is ``numbered`` keeps employee numbers and finds employees by them."""
    head = HEAD.format(kind="proofs_pay", name="Paydesk", listing=PAGINGS[paging])
    body = PAYROLL if numbered else PAYROLL.replace("  external_id: number\n", "")
    return _load("proofs_pay", head + (BY_NUMBER if numbered else "") + body)


def _load(kind: str, text: str) -> Connector:
    with tempfile.TemporaryDirectory(prefix="ihub-proofs-") as folder:
        file = Path(folder) / f"{kind}.yaml"
        file.write_text(text)
        return loader.load_connector(file)
