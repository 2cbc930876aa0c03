"""What is wrong with a jump: problems at the line of the effect (M15)."""

from __future__ import annotations

from collections.abc import Sequence

from rollbook.planning.findings import Findings
from rollbook.planning.rotation import Rotation
from rollbook.values import At, Words


def jump_to_nowhere(target: int, numbers: Sequence[int], at: At, findings: Findings) -> None:
    findings.add(
        "jump-to-nowhere", at,
        Words(f"there is no step {target}", f"没有步骤{target}"),
        Words(f"steps go from {min(numbers)} to {max(numbers)}", f"步骤从 {min(numbers)} 到 {max(numbers)}"),
    )  # fmt: skip


def jump_backwards(step: int, target: int, at: At, findings: Findings) -> None:
    findings.add(
        "backward-jump", at,
        Words(f"step {step} would go back to step {target}: steps only go forward",
              f"步骤{step}要跳回步骤{target}：步骤只能向前"),
        Words("repeat work by listing it again in a later step", "需要重复的工作请在后面的步骤中再列出"),
    )  # fmt: skip


def jump_across(rotation: Rotation, at: At, findings: Findings) -> None:
    findings.add(
        "jump-across-rotation", at,
        Words(f"this leaves out part of the rotation (steps {rotation.first}–{rotation.last})",
              f"这会漏掉轮换区间（步骤{rotation.first}–{rotation.last}）的一部分"),
        Words("servers that leave traffic must come back: jump to its first step, or leave out none of its steps",
              "移出流量的服务器必须回来：请跳到该区间的第一步，或不要跳过其中的步骤"),
    )  # fmt: skip


def skip_inside(step: int, rotation: Rotation, file: str, at: At, findings: Findings) -> None:
    findings.add(
        "jump-across-rotation", at,
        Words(f"step {step} changes servers and is skipped, while others of steps {rotation.first}–{rotation.last} run",
              f"步骤{step}会改动服务器却被跳过，而步骤{rotation.first}–{rotation.last}中的其他步骤仍要执行"),
        Words("skip all steps of the rotation, or none", "请跳过该区间的全部步骤，或一个都不跳过"), file=file,
    )  # fmt: skip
