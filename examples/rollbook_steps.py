"""What the bullets of `data-pipeline.en.md` do: one day of sales from files of the shops into a small warehouse.

Rollbook finds this file beside the document. Every function is plain: it can be called and tested without Rollbook.
Sales are read from `sales/SHOP/DAY.csv`; the landing area and the warehouse (SQLite) are under `.rollbook/sales/`.
"""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from rollbook import Counts, RunInfo, StepFailed, Verdict, check, idempotent, measure, pure, step

HERE = Path(__file__).parent
WORK = HERE / ".rollbook" / "sales"
COLUMNS = ("order", "article", "pieces", "price")


@step("read yesterday's sales", effect=pure)
async def read_sales(source: str, day: str) -> str:
    """See that the shop's file is there and has the columns that the warehouse needs."""
    rows = rows_of(HERE / "sales" / source / f"{day}.csv")
    return f"{len(rows)} rows from {source}"


@step("write them to the landing area", effect=idempotent)
async def land(source: str, day: str) -> str:
    """Copy the shop's file as it is; the same file again changes nothing."""
    target = landing(day) / f"{source}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes((HERE / "sales" / source / f"{day}.csv").read_bytes())
    return str(target.relative_to(WORK))


@check("every source delivered a file")
async def all_delivered(sources: list[str], day: str) -> Verdict:
    missing = sorted(set(sources) - set(landed(day)))
    return Verdict.bad(f"nothing from {', '.join(missing)}") if missing else Verdict.ok(f"{len(sources)} files")


@step("count rows by shop", effect=pure)
async def count(day: str) -> str:
    return ", ".join(f"{shop}: {len(rows)}" for shop, rows in landed(day).items())


@step("compare with the day before", effect=pure)
async def compare(sources: list[str], day: str, tolerance: float) -> str:
    """Refuse a shop whose number of rows moved by more than `tolerance`, as a share of the day before."""
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    for shop in sources:
        was, now = (len(rows_of(HERE / "sales" / shop / f"{when}.csv")) for when in (before, day))
        if abs(now - was) > tolerance * was:
            raise StepFailed(f"{shop}: {was} rows the day before, {now} now")
    return f"within {tolerance:.0%} of {before}"


@measure("missing shops")
async def missing_shops(sources: list[str], day: str) -> Counts:
    return Counts(n=len(sources), value=float(len(set(sources) - set(landed(day)))))


@measure("duplicate rate")
async def duplicate_rate(day: str) -> Counts:
    orders = Counter(row["order"] for rows in landed(day).values() for row in rows)
    return Counts(n=orders.total(), events=orders.total() - len(orders))


@measure("null rate")
async def null_rate(day: str) -> Counts:
    cells = [value for rows in landed(day).values() for row in rows for value in row.values()]
    return Counts(n=len(cells), events=sum(not cell for cell in cells))


@step("stage the fact table", effect=idempotent)
async def stage(day: str) -> str:
    """All landed rows in a table of their own, made anew each time."""
    with warehouse() as base:
        base.execute("drop table if exists staged")
        base.execute("create table staged (day, shop, 'order', article, pieces integer, price real)")
        rows = [(day, shop, *(row[c] for c in COLUMNS)) for shop, found in landed(day).items() for row in found]
        base.executemany("insert into staged values (?, ?, ?, ?, ?, ?)", rows)
    return f"{len(rows)} rows staged"


@step("swap the partition", effect=idempotent)
async def swap(day: str) -> str:
    """The day's rows of the fact table become those that were staged, in one transaction."""
    with warehouse() as base:
        base.execute("create table if not exists facts as select * from staged where false")
        base.execute("delete from facts where day = ?", (day,))
        base.execute("insert into facts select * from staged where day = ?", (day,))
    return f"partition {day} swapped"


@step("merge the shop dimension", effect=idempotent)
async def merge(sources: list[str]) -> str:
    with warehouse() as base:
        base.execute("create table if not exists shops (name primary key)")
        base.executemany("insert or ignore into shops values (?)", [(shop,) for shop in sources])
    return f"{len(sources)} shops known"


@check("the warehouse has as many rows as the landing area")
async def complete(day: str) -> Verdict:
    wanted = sum(len(rows) for rows in landed(day).values())
    with warehouse() as base:
        found = base.execute("select count(*) from facts where day = ?", (day,)).fetchone()[0]
    return Verdict.ok(f"{found} rows") if found == wanted else Verdict.bad(f"{found} rows of {wanted}")


@step("write the load report", effect=idempotent, reports=True)
async def report(day: str, run: RunInfo) -> str:
    path = WORK / f"{day}.txt"
    lines = [f"{shop}: {len(rows)} rows" for shop, rows in landed(day).items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"Sales of {day}: {run.variables.get('status', '')}", *lines, ""]), encoding="utf-8")
    return str(path.relative_to(WORK))


def landing(day: str) -> Path:
    return WORK / "landing" / day


def landed(day: str) -> dict[str, list[dict[str, str]]]:
    """Rows in the landing area, by shop."""
    return {path.stem: rows_of(path) for path in sorted(landing(day).glob("*.csv"))}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of one shop's file. Raises StepFailed when it is missing or has other columns."""
    if not path.exists():
        raise StepFailed(f"no file {path.relative_to(HERE)}")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise StepFailed(f"{path.name} has the columns {reader.fieldnames}")
        return list(reader)


def warehouse() -> sqlite3.Connection:
    WORK.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(WORK / "warehouse.db")
