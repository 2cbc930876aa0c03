"""Which steps run: skip conditions and decision blocks, walked in document order as far as known (M4, M14, M15).

A condition that only the run or a person can answer opens a choice; its branches are planned through, so that the
choice names every step it skips.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from rollbook.model.conditions import Condition
from rollbook.model.gates import Choice, Gate
from rollbook.model.workflow import Branch, Effect, Step
from rollbook.planning.context import Context
from rollbook.planning.jumps import jump_across, jump_backwards, jump_to_nowhere
from rollbook.planning.names import report_unknown
from rollbook.planning.rotation import Rotation
from rollbook.planning.scope import Scope, bare
from rollbook.planning.truth import truth
from rollbook.values import Json, Words

ApprovalMode: TypeAlias = Literal["required", "optional", "none"]


class Course(msgspec.Struct, frozen=True):
    """The way through the steps. `skipped` number → reason; `approval` approval step → (mode, reason)."""

    skipped: dict[int, Words] = {}
    approval: dict[int, tuple[ApprovalMode, Words]] = {}
    variables: dict[str, Json] = {}
    mode: tuple[ApprovalMode, Words] = ("required", Words("", ""))
    choices: tuple[Gate, ...] = ()
    undecided: bool = False
    branches: dict[int, Words] = {}
    """Deciding step → the branch it takes, and what that branch does."""


def course_of(context: Context, rotation: Rotation, asked: Mapping[int, str]) -> Course:
    """The course of the whole document; `asked` are steps that an override skips, with its reasons."""
    course = Course(skipped={number: _asked(why) for number, why in sorted(asked.items())})
    return _walk(context.workflow.steps, course, context, rotation)


def _asked(why: str) -> Words:
    return (
        Words(f"skipped by the request: {why}", f"按请求跳过：{why}")
        if why
        else Words("skipped by the request", "按请求跳过")
    )


def _walk(steps: tuple[Step, ...], course: Course, context: Context, rotation: Rotation) -> Course:
    for index, step in enumerate(steps):
        if step.number in course.skipped:
            continue
        course = _skip_conditions(step, course, context)
        if step.number in course.skipped:
            continue
        if step.kind == "approval":
            course = _approval(step, course)
        if step.decision is not None:
            course = _decide(step, steps[index + 1 :], course, context, rotation)
    return course


def _skip_conditions(step: Step, course: Course, context: Context) -> Course:
    scope = _scope(context, course)
    for condition in step.skip:
        report_unknown(condition.expr, context, condition.at)
        answer = truth(condition.expr, scope)
        if answer:
            reason = Words(f"skip condition: {condition.text}", f"跳过条件：{condition.text}")
            return _skip((step.number,), reason, course)
        if answer is None:
            gate = _skip_choice(step, condition, context)
            return msgspec.structs.replace(course, choices=(*course.choices, gate))
    return course


def _skip_choice(step: Step, condition: Condition, context: Context) -> Gate:
    """A person says whether the skip condition holds."""
    why = Words(f"only a person can say: {condition.text}", f"需要人来判断：{condition.text}")
    return Gate(
        f"choice.{step.number}", "choice", f"{step.number}. {step.title}", step.number,
        choices=(Choice("skip", condition.text, (step.number,)), Choice("run", step.title)),
        reason=context.said(why), line=condition.at.line,
    )  # fmt: skip


def _approval(step: Step, course: Course) -> Course:
    mode, reason = course.mode
    if mode == "none":
        return _skip((step.number,), reason, course)
    return msgspec.structs.replace(course, approval={**course.approval, step.number: course.mode})


def _decide(step: Step, rest: tuple[Step, ...], course: Course, context: Context, rotation: Rotation) -> Course:
    """Take the first branch that is true. When one cannot be known, a person chooses among it and those behind it."""
    open_branches: list[Branch] = []
    for branch in step.decision.branches if step.decision else ():
        if branch.condition:
            report_unknown(branch.condition.expr, context, branch.condition.at)
        answer = truth(branch.condition.expr, _scope(context, course)) if branch.condition else True
        if answer is True and not open_branches:
            return _take(branch, step, course, context, rotation)
        if answer is not False:
            open_branches.append(branch)
        if answer is True:
            break
    else:
        if open_branches:
            open_branches.append(Branch(None, ()))
    return _choose(step, open_branches, rest, course, context, rotation) if open_branches else course


def _choose(
    step: Step, branches: list[Branch], rest: tuple[Step, ...], course: Course, context: Context, rotation: Rotation
) -> Course:
    """A gate with one choice for each branch that may hold; a decision without `otherwise` may hold none."""
    choices = []
    for number, branch in enumerate(branches, 1):
        taken = _take(branch, step, course, context, rotation)
        ahead = _walk(rest, msgspec.structs.replace(taken, choices=()), context, rotation)
        skips = tuple(sorted(set(ahead.skipped) - set(course.skipped)))
        choices.append(Choice(str(number), _told(branch, context), skips, _approval_word(taken, course)))
    gate = Gate(
        f"choice.{step.number}", "choice", f"{step.number}. {step.title}", step.number, choices=tuple(choices),
        reason=context.said(Words("only a person can say which branch holds", "需要人来判断走哪个分支")),
        line=step.at.line,
    )  # fmt: skip
    strictest: tuple[ApprovalMode, Words] = ("required", Words("", ""))
    return msgspec.structs.replace(course, choices=(*course.choices, gate), undecided=True, mode=strictest)


def _told(branch: Branch, context: Context) -> str:
    """When the branch holds, and what a person then does: nothing else tells."""
    if branch.condition is None and not branch.effects:
        return context.said(Words("none of these", "以上都不是"))
    text = branch.condition.text if branch.condition else context.said(Words("otherwise", "否则"))
    done = [effect.text for effect in branch.effects if effect.kind == "log" and effect.text]
    return f"{text} → {', '.join(done)}" if done else text


def _approval_word(taken: Course, before: Course) -> Literal["required", "optional", "none", ""]:
    return taken.mode[0] if taken.mode != before.mode else ""


def _take(branch: Branch, step: Step, course: Course, context: Context, rotation: Rotation) -> Course:
    why = branch.condition.text if branch.condition else ""
    for effect in branch.effects:
        course = _effect(effect, step, why, course, context, rotation)
    said = ", ".join(e.text or str(e.value) for e in branch.effects)
    taken = Words(f"{why or 'otherwise'} → {said}", f"{why or '否则'} → {said}")
    return msgspec.structs.replace(course, branches={**course.branches, step.number: taken})


def _effect(effect: Effect, step: Step, why: str, course: Course, context: Context, rotation: Rotation) -> Course:
    said = effect.text or str(effect.value)
    reason = Words(
        f"{said} (step {step.number}: {why or 'otherwise'})", f"{said}（步骤{step.number}：{why or '否则'}）"
    )
    if effect.kind == "approval":
        return msgspec.structs.replace(course, mode=(effect.value, reason))
    if effect.kind == "set":
        return msgspec.structs.replace(course, variables={**course.variables, bare(effect.name): effect.value})
    if effect.kind in ("goto", "skip"):
        passed = tuple(_passed(effect, step, context, rotation))
        return _skip(passed, reason, course)
    return course


def _passed(effect: Effect, step: Step, context: Context, rotation: Rotation) -> Iterator[int]:
    """The steps that a jump or skip leaves out. Backwards, to nowhere, or across the rotation's border: a problem."""
    target, jumps = int(effect.value), effect.kind == "goto"
    numbers = [s.number for s in context.workflow.steps]
    if target not in numbers:
        jump_to_nowhere(target, numbers, effect.at, context.findings)
        return
    here, there = numbers.index(step.number), numbers.index(target)
    if there <= here:
        jump_backwards(step.number, target, effect.at, context.findings)
        return
    left_out = numbers[here + 1 : there] if jumps else [target]
    if rotation.is_crossed(left_out, step.number, target if jumps else None):
        jump_across(rotation, effect.at, context.findings)
        return
    yield from left_out


def _skip(numbers: tuple[int, ...], reason: Words, course: Course) -> Course:
    new = {n: reason for n in numbers if n not in course.skipped}
    return msgspec.structs.replace(course, skipped={**course.skipped, **new})


def _scope(context: Context, course: Course) -> Scope:
    return context.scope.with_variables(course.variables, course.undecided)
