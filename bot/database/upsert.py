"""Inserts that put up with a row that is there already, in both kinds of database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, Insert, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase


def insert_new(model: type[DeclarativeBase], dialect: Dialect) -> Insert:
    """An INSERT that leaves out the rows that are there already."""
    if dialect.name == "sqlite":  # its other form, which SQLAlchemy would compile anew each time
        return insert(model.metadata.tables[model.__tablename__]).prefix_with("OR IGNORE")
    return _insert(model, dialect).on_conflict_do_nothing()


def upsert(model: type[DeclarativeBase], dialect: Dialect, row: Mapping[str, Any]) -> Insert:
    """An INSERT of a row that takes the place of the one that is there already."""
    new = _insert(model, dialect).values(row)
    keys = model.metadata.tables[model.__tablename__].primary_key
    values = {name: new.excluded[name] for name in row if name not in keys.columns}
    return new.on_conflict_do_update(index_elements=keys.columns, set_=values)


def _insert(model: type[DeclarativeBase], dialect: Dialect) -> postgresql.Insert | sqlite.Insert:
    table = model.metadata.tables[model.__tablename__]
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
