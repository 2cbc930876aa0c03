"""Every verb of the command line, as data: which module runs it, how it is called, what it is for."""

from __future__ import annotations

from typing import NamedTuple

from rollbook.problems import Refused
from rollbook.values import Words

READING = "rollbook.cli.reading"
RUNNING = "rollbook.cli.running"
LOOKING = "rollbook.cli.looking"
ASKING = "rollbook.cli.asking"
STARTING = "rollbook.cli.starting"
OPERATING = "rollbook.cli.operating"
PAPERS = "rollbook.cli.papers"
PROMOTING = "rollbook.cli.promoting"
MIGRATING = "rollbook.cli.migrating"
LATER = "rollbook.cli.later"

RUN_OPTIONS = "[-p NAME=VALUE]… [--request FILE|-] [--example NUMBER|TITLE] [--strategy S] [--manual] [--site S]"


class Verb(NamedTuple):
    """`usage` is what follows the verb on the command line."""

    name: str
    module: str
    usage: str
    summary: Words


VERBS = (
    Verb(
        "init",
        STARTING,
        "[DIR] [--lang zh|en] [--site embedded]",
        Words("write a starter template, site file and step functions", "写出入门模板、站点文件和步骤函数"),
    ),
    Verb(
        "check",
        READING,
        "DOC… [--strict] [--fix] [--format text|json|sarif|github]",
        Words("report every problem of the documents", "报告文档的所有问题"),
    ),
    Verb(
        "plan",
        READING,
        f"DOC… {RUN_OPTIONS} [--format text|json|mermaid] [--out FILE]",
        Words("show what would happen and why", "显示将会发生什么以及原因"),
    ),
    Verb(
        "rehearse",
        READING,
        f"DOC… {RUN_OPTIONS} [--failures N] [--format text|json]",
        Words("explore every failure of a plan", "演练计划的每一种失败"),
    ),
    Verb(
        "run",
        RUNNING,
        f"DOC… | --plan FILE {RUN_OPTIONS} [--time-scale X] [--detach] [--format text|json]",
        Words("run documents or a plan file", "执行文档或计划文件"),
    ),
    Verb("observe", LATER, f"DOC… {RUN_OPTIONS}", Words("look on and tick while others act", "旁观并勾选，不动手")),
    Verb("runs", LOOKING, "[--format text|json]", Words("list the runs", "列出所有运行")),
    Verb(
        "show",
        LOOKING,
        "RUN [--follow] [--format text|json]",
        Words("show where a run stands", "显示一次运行的状态"),
    ),
    Verb(
        "report",
        LOOKING,
        "RUN [--format md|html|json] [--write]",
        Words("print or write a run's report", "打印或写出运行报告"),
    ),
    Verb("audit", LOOKING, "[RUN]", Words("verify the journal's hash chain", "校验日志的哈希链")),
    Verb(
        "eject", LATER, "RUN", Words("print a script that restores without Rollbook", "打印不依赖 Rollbook 的恢复脚本")
    ),
    Verb(
        "approve",
        ASKING,
        "RUN [GATE] --as PERSON [--comment TEXT] | --request DOC…",
        Words("approve at a gate, or open a request", "在关口批准，或提出审批请求"),
    ),
    Verb("reject", ASKING, "RUN [GATE] --as PERSON [--comment TEXT]", Words("reject at a gate", "在关口拒绝")),
    Verb("done", ASKING, "RUN GATE --as PERSON", Words("say that a manual item is done", "说明人工事项已完成")),
    Verb("pause", ASKING, "RUN --as PERSON [--reason TEXT]", Words("start no new work", "不再开始新的工作")),
    Verb("resume", ASKING, "RUN --as PERSON [--reason TEXT]", Words("go on with a run", "继续一次运行")),
    Verb("abort", ASKING, "RUN --as PERSON [--reason TEXT]", Words("stop and roll back", "中止并回滚")),
    Verb("retry", ASKING, "RUN STEP --as PERSON [--reason TEXT]", Words("try a failed step again", "重试失败的步骤")),
    Verb("skip", ASKING, "RUN STEP --as PERSON [--reason TEXT]", Words("go past a step", "跳过一个步骤")),
    Verb("rollback", ASKING, "RUN --as PERSON [--reason TEXT]", Words("bring the old release back", "恢复旧版本")),
    Verb("what-if", LATER, "RUN VERB [STEP]", Words("rehearse a verb from the live state", "从现场状态演练一个动作")),
    Verb(
        "promote",
        PROMOTING,
        "DOC… [-p NAME=VALUE]… [--to NODE] [--from NODE] [--event FILE|-] [--strategy S] [--manual] [--site S] "
        "[--time-scale X] [--detach] [--format text|json]",
        Words("carry one image through the pipeline", "让同一镜像走完流水线"),
    ),
    Verb(
        "migrate",
        MIGRATING,
        "status|up|down DOC… -p environment=NAME [--to VERSION] [--as PERSON] [--yes CODE] [--site S] "
        "[--format text|json]",
        Words("database migrations: look, apply, reverse", "数据库迁移：查看、执行、回滚"),
    ),
    Verb(
        "ops",
        OPERATING,
        "DOC [COMMAND] [-p environment=NAME] [--site S] [--format text|json]",
        Words("list or run a document's operations commands", "列出或执行文档中的运维命令"),
    ),
    Verb(
        "doc",
        PAPERS,
        "status|sign DOC [--as PERSON] [--role ROLE] [--site S] [--format text|json]",
        Words("sign-offs of a document", "文档的签署"),
    ),
    Verb(
        "export",
        PAPERS,
        "monitoring|runbook DOC… --out DIR [--check] [--site S]",
        Words("export rules and runbooks", "导出规则和手册"),
    ),
    Verb("steps", READING, "[--format text|json]", Words("list every phrase that binds", "列出可以绑定的所有短语")),
    Verb("explain", READING, "RULE", Words("explain a rule", "解释一条规则")),
    Verb("doctor", STARTING, "[--format text|json]", Words("look what this machine has", "检查本机具备什么")),
    Verb("demo", STARTING, "[DIR]", Words("a whole release on this machine, live", "在本机现场演示一次完整发布")),
    Verb("site", STARTING, "up|down|status [--site embedded]", Words("the embedded site", "内嵌站点")),
    Verb("serve", LATER, "", Words("the web view", "网页界面")),
    Verb("worker", RUNNING, "[--once]", Words("carry runs to their ends", "把运行推进到终点")),
)


def find_verb(name: str) -> Verb:
    """The verb called `name`. Raises Refused with the nearest one."""
    verb = next((verb for verb in VERBS if verb.name == name), None)
    if verb is None:
        raise Refused(
            Words(f"no such command: {name}", f"没有这个命令：{name}"),
            nearest(name, [verb.name for verb in VERBS], Words("see `rollbook --help`", "见 `rollbook --help`")),
        )
    return verb


def nearest(name: str, known: list[str], otherwise: Words) -> Words:
    """ "did you mean …", or `otherwise` when nothing is like it."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=2, cutoff=0.6)
    if not near:
        return otherwise
    meant = " / ".join(f"`{word}`" for word in near)
    return Words(f"did you mean {meant}?", f"是不是 {meant}？")
