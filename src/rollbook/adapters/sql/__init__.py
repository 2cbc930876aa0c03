"""Databases by SQL: SQLite files and PostgreSQL servers (ADR 0026)."""

from rollbook.adapters.sql.opening import NamedDatabase, open_database

__all__ = ["NamedDatabase", "open_database"]
