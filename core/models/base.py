"""What all tables share: names of constraints, UTC moments, enumerations stored as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Enum, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# What has no place in a line of text, and halves of characters that have no UTF-8 form.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcMoment(TypeDecorator[datetime]):
    """An aware UTC moment on every engine. SQLite stores it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments and convert the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Line(TypeDecorator[str]):
    """A text for people, such as a name: one line, cut to the length of its column.

    Names and reasons come from forms, commands and other systems. A control character would end as an error of
    PostgreSQL, or move the cursor of a terminal, and so would a text that is too long. Ids are never cut.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace control characters with spaces, and cut what is too long."""
        if value is None:
            return None
        clean = CONTROL.sub(" ", value)
        length: int | None = getattr(self.impl_instance, "length", None)
        return clean if length is None or len(clean) <= length else clean[: length - 1].rstrip() + "…"


def enum_text(kind: type[StrEnum], *, checked: bool = True) -> Enum:
    """Return a text column that stores the values of an enumeration, with a check constraint if ``checked``."""
    return Enum(
        kind,
        values_callable=lambda members: [str(member.value) for member in members],
        native_enum=False,
        create_constraint=checked,
        length=40,
        name=kind.__name__.lower(),
    )


def one_of(column: str, kind: type[StrEnum], *frequent: StrEnum) -> CheckConstraint:
    """Return the check that a column holds a value of an enumeration, the ``frequent`` values first.

    The values are compared one by one, because in SQLite ``IN (...)`` takes as long as the rest of an insert.
    """
    values = dict.fromkeys((*frequent, *kind))
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in values), name=column)


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcMoment(), str: String()}
