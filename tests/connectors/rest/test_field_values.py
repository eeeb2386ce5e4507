"""Steps, templates, value maps and defaults that cannot work are refused, with the line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.rest import loader
from tests.connectors.rest.test_loader import GOOD, refused

OF_NOT = "is sensitive, and the field `x` is not. Write `sensitive: true` there, or take another value."
ACCOUNT = "An entry has: amount_cents, bsb, name, number, order, remainder."
REFUSED: list[tuple[str, str]] = [
    (
        "from: title, steps: tidy",
        "`steps` has to be a list: one entry per line, each after a dash, or in [ ].",
    ),
    ("from: title, steps: []", "`steps` needs at least 1 entry."),
    (f"from: title, steps: [{', '.join(['tidy'] * 13)}]", "`steps` has 13 entries. At most 12 are allowed."),
    ("from: title, steps: [{titel: {}}]", "`titel` is not known here. "),
    ("from: title, steps: [{prat: {by: x, take: 1}}]", "`prat` is not known here. Did you mean `part`?"),
    (
        "from: title, steps: [part]",
        "`steps` cannot be used: only `tidy` and `plain_letters` can be written by",
    ),
    ("from: title, steps: [{part: {by: x}}]", "`take` is missing in `part`. Write for example `take: 1`."),
    (
        "from: title, steps: [{cut: {first: 1, last: 2}}]",
        "`cut` cannot be used: write `first`, or `last`, or `from`",
    ),
    (
        "from: title, steps: [{case: big}]",
        "`case` cannot be used: write one of `upper`, `lower` or `sentence`.",
    ),
    ("from: title, steps: [{case: upper, tidy: {}}]", "`steps` cannot be used: a step has one name"),
    (
        "from: title, steps: [{phone: {as: e164, region: XX}}]",
        "`region` cannot be used: write a country by its code",
    ),
    ("from: title, steps: [{date: {reads: ['%d.%m.%y']}}]", "`reads` cannot be used: a year with two digits"),
    (
        "from: title, steps: [{shift: {days: 3}}]",
        "`shift` takes a date, and here is a text. Put `date` before it.",
    ),
    ("from: start_date, steps: [{date: {}}]", "The value is a date already. Remove `date`."),
    (
        "from: start_date, type: date, steps: [{write_date: {as: '%Y'}}]",
        "A field of the type date is sent as",
    ),
    (
        "from: start_date, type: number, steps: [{shift: {days: 1}}]",
        "After the steps the value is a date, and the",
    ),
    ("from: start_date, steps: [{number: {}}]", "`number` takes a text, and here is a date. Remove it."),
    (
        "from: title, steps: [{yes_no: {yes: [Y], no: [N]}}]",
        "After the steps the value is yes or no, and the field",
    ),
    (
        "from: bank_accounts.0.remainder, steps: [tidy]",
        "`tidy` takes a text, and here is yes or no. Remove it.",
    ),
    (
        "from: title, type: boolean, steps: [{yes_no: {yes: [Y], no: [no]}}]",
        "YAML reads this value as false. Write it in quotes.",
    ),
    ("from: title, default: no", "YAML reads this value as false. Write it in quotes."),
    (
        "from: title, type: number, steps: [{number: {}}, {times: {over: '52'}}]",
        "After `times` a number has more digits than are meant. Add `number` with `places` after it.",
    ),
    ("from: title, steps: [{item: {}}]", "`item` takes a list, and here is a text. Remove it."),
    (
        "from: super_funds",
        "`super_funds` is a list. Add the step `item` or `join`, or name a value of one entry.",
    ),
    (
        "from: super_funds, steps: [tidy]",
        "`tidy` takes one value, and here is a list. Put `item` or `join` before it.",
    ),
    (
        "from: bank_accounts, steps: [{item: {}}]",
        f"`item` needs `of`: which value of an entry is meant. {ACCOUNT}",
    ),
    (
        "from: bank_accounts, steps: [{join: {with: x, of: iban}}]",
        f"An entry of the list has no `iban`. {ACCOUNT.replace('An entry has', 'It has')}",
    ),
    (
        "from: super_funds, steps: [{item: {of: name, where: {kind: SMSF}}}]",
        "An entry of the list has no `kind`. It has: abn, account_number, bsb, esa, member_number, name, type, usi.",
    ),
    (
        "from: super_funds, steps: [{item: {of: name, where: {type: no}}}]",
        "YAML reads this value as false. Write it in quotes.",
    ),
    ("from: au_tax.tfn", f"`au_tax.tfn` {OF_NOT}"),
    ("from: [title, nz_tax.ird], steps: [{cut: {first: 2}}]", f"`nz_tax.ird` {OF_NOT}"),
    ("template: '{title} {bank_accounts.1.bsb}'", f"`bank_accounts.1.bsb` {OF_NOT}"),
    ("from: bank_accounts, steps: [{item: {of: number}}]", f"`bank_accounts.number` {OF_NOT}"),
    ("from_setting: choice", f"`super_funds.0.member_number` {OF_NOT}"),
    (
        "from: au_tax.tfn, sensitive: true, map: {a: b}",
        "`au_tax.tfn` is sensitive: a value map would show what it is.",
    ),
    (
        "from: [title, {at: nz_tax.ird, map: {a: b}}], sensitive: true",
        "`nz_tax.ird` is sensitive: a value map would show what it is.",
    ),
    (
        "from: bank_accounts, sensitive: true, steps: [{item: {of: name, where: {bsb: '064000'}}}]",
        "`bsb` is sensitive: a condition would show what it is. Take another value.",
    ),
    ("template: 'fixed'", "`template` cannot be used: it has no value of an employee in it"),
    ("template: '{surname'", "`template` cannot be used: each { needs a }; write {{ or }} for the sign."),
    ("template: '{surnam}'", "An employee has no `surnam`. Did you mean `surname`?"),
    ("template: '{bank_accounts}'", "An employee has no `bank_accounts`. "),
    (
        "template: '{bank_accounts.0.remainder}'",
        "`bank_accounts.0.remainder` is yes or no, which is no text.",
    ),
    ("template: '{title}', value: x", "`x` is filled in two ways, by `value` and `template`. Keep one."),
    ("from: [a, b, c, d, e, f, g, h, i]", "`from` has 9 entries. At most 8 are allowed."),
    ("from: title, map: {Ms: F, ' ms ': G}", "` ms ` and `Ms` are one value: case and spaces do not matter."),
    (
        "from: title, reads: {M s: F, m  S: G}",
        "`m  S` and `M s` are one value: case and spaces do not matter.",
    ),
    (
        "from: [{at: title, map: {Ms: F, MS: G}}]",
        "`MS` and `Ms` are one value: case and spaces do not matter.",
    ),
    ("from: title, unmapped: keep", "`unmapped` is about values that `map` does not have. Add `map`."),
    (
        "from: title, map: {a: b}, unmapped: default",
        "There is no `default`. Add it, or write another `unmapped`.",
    ),
    ("from: title, type: number, default: x", "The default is not a value for a field of the type number."),
    (
        "from: title, type: date, default: 31/31/2024",
        "The default is not a value for a field of the type date.",
    ),
    ("from: title, format: bsb, default: '12'", "The default is not a value for a field of the type text."),
    ("from: title, max_length: 2, default: abc", "The default is longer than 2 characters. Shorten it."),
    (
        "from: title, default: (CLEAR)",
        "`(CLEAR)` is what clears a field at the target. Write another `default`.",
    ),
    ("value: (clear)", "`(clear)` is what clears a field at the target. Write another `value`."),
    ("default: x", "A default needs a value that can be blank."),
    ("value: y, default: x", "A default needs a value that can be blank."),
    ("from: title, default: x, blank: clear", "With a `default` the field is never blank"),
    ("value: y, steps: [tidy]", "`value` needs no steps. Write the value as it is to be sent."),
]


def described(field: str) -> str:
    text = GOOD.replace("target:\n", 'target:\n  clear_with: "(clear)"\n')
    choices = "default: title, choices: [title, super_funds.0.member_number]"
    text = text.replace("check:", f"  choice: {{title: C, description: C., {choices}}}\ncheck:", 1)
    return text + f"    - {{name: x, label: Extra, {field}}}\n"


@pytest.mark.parametrize(("field", "message"), REFUSED)
def test_what_cannot_work_is_refused_with_its_line(tmp_path: Path, field: str, message: str) -> None:
    [said] = refused(tmp_path, described(field))
    assert said.startswith(f"line 22: {message}")


@pytest.mark.parametrize(
    "field",
    [
        "from: title, steps: [tidy, plain_letters, {tidy: {}}]",
        "from: au_tax.tfn, sensitive: true, steps: [{cut: {last: 3}}]",
        "from: au_tax.tfn, sensitive: true, when: {at: au_tax.tfn, there: true}",
        "from: bank_accounts, steps: [{item: {of: name, where: {remainder: yes}}}]",
        "from: start_date, steps: [{shift: {days: 1}}, {write_date: {as: '%Y'}}]",
        "from: title, type: boolean, steps: [{yes_no: {yes: [Y], no: ['no']}}]",
        "from: title, type: date, steps: [{date: {}}, {shift: {days: 1}}]",
        "from: bank_accounts.0.amount_cents, type: number, steps: [{times: {over: '100'}}, {number: {places: 2}}]",
        "from: [{at: title, map: {Ms: F}}], steps: [tidy]",
        "setting: company, steps: [{case: upper}], default: none",
    ],
)
def test_what_works_is_accepted(tmp_path: Path, field: str) -> None:
    (tmp_path / "acme.yaml").write_text(described(field))
    assert loader.load_system(tmp_path / "acme.yaml").fields[-1].name == "x"


def test_an_external_id_is_not_cut(tmp_path: Path) -> None:
    text = described("from: title, steps: [tidy, {cut: {first: 2}}]").replace(
        "  fields:", "  external_id: x\n  fields:"
    )
    assert refused(tmp_path, text) == [
        "line 23: `cut` can give two employees one id. Send the whole value, or add `unique: true`."
    ]
