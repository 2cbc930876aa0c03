"""本项目自己的步骤函数：短语 → 函数。文档里的条目写成这里的短语，就由这里的函数执行。"""

from pathlib import Path

from rollbook import StepFailed, pure, step


@step("确认没有发布冻结", effect=pure)
async def no_freeze() -> str:
    """当前目录里有名为 FREEZE 的文件时，不允许发布。"""
    if Path("FREEZE").exists():
        raise StepFailed("发布冻结中：请先删除 FREEZE 文件")
    return "没有发布冻结"
