"""What squawk's findings about locks mean: which requests wait, and what to write instead. Others of its rules are
about style, or about clients, and are not asked for."""

from __future__ import annotations

from typing import Final

from rollbook.values import Words

LOCKS: Final[dict[str, tuple[Words, Words]]] = {
    "syntax-error": (
        Words("this is no SQL that PostgreSQL reads", "PostgreSQL 无法读取此 SQL"),
        Words("correct the script", "请更正脚本"),
    ),
    "require-concurrent-index-creation": (
        Words("building the index blocks writes to its table until it is built", "建立索引期间会阻塞该表的写入"),
        Words(
            "write CREATE INDEX CONCURRENTLY, outside of a transaction", "请在事务之外使用 CREATE INDEX CONCURRENTLY"
        ),
    ),
    "require-concurrent-index-deletion": (
        Words("dropping the index blocks reads and writes of its table", "删除索引会阻塞该表的读写"),
        Words("write DROP INDEX CONCURRENTLY, outside of a transaction", "请在事务之外使用 DROP INDEX CONCURRENTLY"),
    ),
    "require-concurrent-reindex": (
        Words("reindexing blocks reads and writes", "重建索引会阻塞读写"),
        Words("write REINDEX … CONCURRENTLY", "请使用 REINDEX … CONCURRENTLY"),
    ),
    "require-concurrent-partition-detach": (
        Words("detaching a partition blocks reads and writes of the table", "分离分区会阻塞该表的读写"),
        Words("write DETACH PARTITION … CONCURRENTLY", "请使用 DETACH PARTITION … CONCURRENTLY"),
    ),
    "changing-column-type": (
        Words(
            "changing the column's type rewrites its table and blocks reads and writes",
            "修改列类型会重写整张表，并阻塞读写",
        ),
        Words("add a column, copy in batches, then switch to it", "请新增一列，分批复制数据，再切换"),
    ),
    "adding-foreign-key-constraint": (
        Words(
            "the foreign key scans its table and blocks writes to both tables",
            "增加外键会扫描整张表，并阻塞两张表的写入",
        ),
        Words(
            "add it NOT VALID, then VALIDATE CONSTRAINT in a migration of its own",
            "请先以 NOT VALID 增加，再用单独的迁移执行 VALIDATE CONSTRAINT",
        ),
    ),
    "disallowed-unique-constraint": (
        Words(
            "the UNIQUE constraint blocks reads and writes while its index is built",
            "增加 UNIQUE 约束时，建立索引期间会阻塞读写",
        ),
        Words(
            "build a unique index CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
            "请先用 CONCURRENTLY 建立唯一索引，再 ADD CONSTRAINT … USING INDEX",
        ),
    ),
    "adding-serial-primary-key-field": (
        Words("the primary key blocks reads and writes while its index is built", "增加主键时，建立索引期间会阻塞读写"),
        Words(
            "build a unique index CONCURRENTLY, then ADD PRIMARY KEY USING INDEX",
            "请先用 CONCURRENTLY 建立唯一索引，再 ADD PRIMARY KEY USING INDEX",
        ),
    ),
    "adding-not-nullable-field": (
        Words(
            "NOT NULL scans the whole table and blocks reads and writes meanwhile",
            "设置 NOT NULL 会扫描整张表，期间阻塞读写",
        ),
        Words(
            "add a CHECK (… IS NOT NULL) NOT VALID, validate it, then set NOT NULL",
            "请先增加 CHECK (… IS NOT NULL) NOT VALID 并校验，再设置 NOT NULL",
        ),
    ),
    "adding-required-field": (
        Words(
            "a required column without a default fails or locks a table that has rows",
            "没有默认值的必填列会在有数据的表上失败或锁表",
        ),
        Words(
            "add it nullable or with a constant default, and fill it in batches",
            "请允许为空或给出常量默认值，再分批填充",
        ),
    ),
    "adding-field-with-default": (
        Words(
            "the column's default rewrites the whole table and blocks reads and writes",
            "该列的默认值会重写整张表，并阻塞读写",
        ),
        Words(
            "add the column without it, fill in batches, then set the default",
            "请先增加不带默认值的列，分批填充，再设置默认值",
        ),
    ),
    "constraint-missing-not-valid": (
        Words("the constraint scans its table and blocks writes to it", "增加约束会扫描整张表，并阻塞写入"),
        Words(
            "add it NOT VALID, then VALIDATE CONSTRAINT in a migration of its own",
            "请先以 NOT VALID 增加，再用单独的迁移执行 VALIDATE CONSTRAINT",
        ),
    ),
}
"""By squawk's name of the rule; where several speak of one statement, the one that stands first here is told."""
