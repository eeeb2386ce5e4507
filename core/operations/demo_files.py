"""Put a file with employees into the demo account's folder, so that files can be tried as a source."""

from __future__ import annotations

from core.operations.demo_systems import FOLDERS
from core.settings import settings

NAME = "employees.csv"
CONTENT = """\
Employee number;Given name;Family name;Date of birth;Gender;Email;Mobile;Street;Suburb;State;Postcode;Start date;\
End date;Status;Employment type;Job title;BSB;Account number;Account name;Tax file number
4001;Mia;Okafor;14/03/1988;F;mia.okafor@example.com;0412 345 601;12 Wharf Rd;Newcastle;NSW;2300;06/01/2020;;Active;\
Full time;Skipper;062-000;12345601;M Okafor;123 456 782
4002;Noah;Lindqvist;02/11/1979;M;noah.lindqvist@example.com;0412 345 602;3 Hill St;Newcastle;NSW;2300;18/05/2015;;\
Active;Full time;Engineer;062-000;12345602;N Lindqvist;
4003;Zoë;Marchetti;27/07/1995;F;zoe.marchetti@example.com;0412 345 603;8 Bay St;Cairns;QLD;4870;01/02/2023;;Active;\
Casual;Deckhand;082-001;12345603;Z Marchetti;
4004;Arjun;Rao;19/09/1991;M;arjun.rao@example.com;0412 345 604;21 Pier Ave;Cairns;QLD;4870;12/08/2019;30/06/2024;Left;\
Part time;Cook;082-001;12345604;A Rao;
4005;Grace;;08/12/1983;F;grace@example.com;0412 345 605;5 Dock Ln;Hobart;TAS;7000;03/03/2021;;Active;Full time;\
Planner;062-000;12345605;G;
4006;Leo;Tan;30/04/1999;M;leo.tan@example.com;0412 345 606;17 Quay St;Hobart;TAS;7000;15/01/2024;;Active;Part time;\
Deckhand;062-000;12345606;L Tan;
"""


def seed(account_id: int) -> None:
    """Write the file where the folder is not there yet; one that somebody has changed or removed stays as it is."""
    root = settings().files
    folder = None if root is None else root / str(account_id) / FOLDERS["employee_files"]
    if folder is not None and not folder.exists():
        folder.mkdir(parents=True)
        (folder / NAME).write_text(CONTENT, "utf-8")
