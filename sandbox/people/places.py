"""Suburbs of Australia and New Zealand with their states, cities and postcodes."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A suburb; ``state`` is an Australian state or, in New Zealand, the city."""

    suburb: str
    state: str
    postcode: str


_AUSTRALIA = {
    "QLD": """Fortitude Valley 4006|New Farm 4005|Paddington 4064|West End 4101|Toowong 4066|Indooroopilly 4068
        Chermside 4032|Sunnybank 4109|Nundah 4012|Southport 4215|Burleigh Heads 4220|Toowoomba City 4350
        Cairns City 4870|Townsville City 4810""",
    "NSW": """Newtown 2042|Marrickville 2204|Parramatta 2150|Manly 2095|Bondi 2026|Surry Hills 2010|Glebe 2037
        Chatswood 2067|Penrith 2750|Hornsby 2077|Wollongong 2500|Newcastle 2300""",
    "VIC": """Fitzroy 3065|Richmond 3121|Brunswick 3056|St Kilda 3182|Footscray 3011|Carlton 3053|Preston 3072
        Box Hill 3128|Dandenong 3175|Geelong 3220""",
    "SA": "Norwood 5067|Glenelg 5045|Prospect 5082|Unley 5061|Adelaide 5000",
    "WA": "Fremantle 6160|Subiaco 6008|Scarborough 6019|Joondalup 6027|Victoria Park 6100",
    "TAS": "Sandy Bay 7005|Battery Point 7004|Launceston 7250|Glenorchy 7010",
    "ACT": "Braddon 2612|Dickson 2602|Belconnen 2617",
    "NT": "Darwin City 0800|Nightcliff 0810|Palmerston City 0830",
}

_NEW_ZEALAND = {
    "Auckland": "Ponsonby 1011|Mount Eden 1024|Remuera 1050|Takapuna 0622|Henderson 0612|Papatoetoe 2025",
    "Wellington": "Te Aro 6011|Karori 6012|Island Bay 6023",
    "Lower Hutt": "Petone 5012|Naenae 5011",
    "Christchurch": "Addington 8024|Sydenham 8023|Merivale 8014",
    "Hamilton": "Hamilton East 3216",
    "Tauranga": "Mount Maunganui 3116",
    "Napier": "Napier South 4110",
    "Nelson": "Stoke 7011",
    "Dunedin": "Roslyn 9010",
}


def _read(table: dict[str, str]) -> tuple[Place, ...]:
    places = []
    for state, text in table.items():
        for entry in text.replace("\n", "|").split("|"):
            suburb, postcode = entry.strip().rsplit(" ", 1)
            places.append(Place(suburb, state, postcode))
    return tuple(places)


AUSTRALIA = _read(_AUSTRALIA)
NEW_ZEALAND = _read(_NEW_ZEALAND)

FREE_TEXT_STATES = {
    "QLD": "Queensland",
    "NSW": "N.S.W.",
    "VIC": "vic",
    "SA": "South Aust",
    "WA": "Western Australia",
    "TAS": "Tassie",
    "ACT": "A.C.T.",
    "NT": "Northern Territory",
}

OVERSEAS = {
    "line1": "18 Keong Saik Road",
    "line2": "#04-02",
    "suburb": "Outram",
    "state": "Singapore",
    "postcode": "089125",
    "country": "Singapore",
}
