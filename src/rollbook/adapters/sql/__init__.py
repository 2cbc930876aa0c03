"""Databases by SQL: SQLite files and PostgreSQL servers (ADR 0026)."""

from rollbook.adapters.sql.opening import open_database

__all__ = ["open_database"]
