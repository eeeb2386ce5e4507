"""How alembic reaches the store: the same engine and models as iHUB itself."""

from __future__ import annotations

from alembic import context

from core.db import engine
from core.models import Base


def migrate() -> None:
    """Run the migrations in one transaction."""
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


migrate()
