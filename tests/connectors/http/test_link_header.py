"""The next page of a list is found in its Link header."""

from __future__ import annotations

import pytest

from connectors.http.link_header import next_link


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('<https://x.example.com/a?page=2>; rel="next"', "https://x.example.com/a?page=2"),
        ('</a?page=1>; rel="prev", </a?page=3>; title=more; rel=next', "/a?page=3"),
        ('<?page=3>; rel="last NEXT"', "?page=3"),
        ('</a>; rel="nextish"', None),
        ('</a?page=1>; title="a > b, c"; rel="next"', "/a?page=1"),
        ('</a>; title="<b>; rel=next"; rel="prev"', None),
        ("</a?page=1>; rel='next'", "/a?page=1"),
        ('</a>; rel="prev"; rel="next"', None),
        ('</a,b?page=1>;rel = "prev next" , </c>; rel=last', "/a,b?page=1"),
        ('</first>; rel="first",</a?page=2> ; REL="next"; title*=UTF-8\'en\'x', "/a?page=2"),
        ('</a>; ; rel="next";', "/a"),
        (r'</a>; title="say \"next\""; rel="last"', None),
        ("<" + " ;" * 4000 + '>; rel="prev"' + "; a" * 2000, None),
        ("nonsense", None),
    ],
)
def test_a_link_header_gives_the_address_of_the_next_page(link: str, address: str | None) -> None:
    assert next_link(link) == address
