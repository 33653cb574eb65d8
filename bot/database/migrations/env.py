"""Alembic's entry point. `Database.migrate` passes its connection; on the command line DATABASE_URL is used."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.database.models import Base


def run(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    """For `alembic` on the command line."""
    from bot.database import Database
    from bot.settings import load_settings

    database = Database(load_settings().async_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.close()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(connect_and_run())
