"""The machine's reasons in both languages. It is pure and journals one short English form; readers get their own."""

from __future__ import annotations

import re

from rollbook.values import Words

REASONS = (
    ("no pending request", "没有待处理的审批请求"),
    ("step code changed since it was approved", "步骤代码在批准之后有改动"),
    ("the document leaves this rollback to a person", "文档将这里的回滚交由人工处理"),
    ("cannot restore (?P<what>.+)", "无法恢复 {what}"),
    ("(?P<what>.+): cannot be seen", "{what}：无法得知其状态"),
    ("the engine died while this ran: did it happen\\?", "执行到此处时引擎中断：这件事是否已经发生？"),
    ("the outcome is unknown: did it happen\\?", "结果未知：这件事是否已经发生？"),
    ("the database does not say what is applied", "数据库无法告知已执行的迁移"),
    ("the schema is not taken back", "数据库结构未能回退"),
    ("no data: not proved good, not proved bad", "没有数据：既未证明良好，也未证明有问题"),
    ("another server is still out of rotation", "另一台服务器仍不在流量中"),
)
"""What `machine` writes, as a pattern, and the same in Chinese."""


def reason_words(text: str) -> Words:
    """A journaled reason in both languages; text that people or documents wrote stays as it is."""
    for pattern, chinese in REASONS:
        if found := re.fullmatch(pattern, text):
            return Words(text, chinese.format(**found.groupdict()))
    return Words(text, text)
