"""Calls of `kubectl` that are understood: those that change, roll out, scale and show a Deployment.

A call that chooses its own cluster (`--context`, `--kubeconfig`) is not: the environment chooses it (M29).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast, get_args

from rollbook.binding.options import Call, NotUnderstood, read_call, unclear
from rollbook.model.literals import duration
from rollbook.model.operations import (
    Change,
    Exec,
    Get,
    Logs,
    ObjectKind,
    Operation,
    Rollout,
    RolloutVerb,
    Scale,
    Top,
)
from rollbook.values import Words

NAMESPACE = {"-n": "-n", "--namespace": "-n"}
DEPLOYMENT_KINDS = ("deployment", "deployments", "deploy", "deployment.apps", "deployments.apps")
KINDS: Mapping[str, ObjectKind] = {
    **dict.fromkeys(DEPLOYMENT_KINDS, "deployments"),
    **dict.fromkeys(("pod", "pods", "po"), "pods"),
    **dict.fromkeys(("service", "services", "svc"), "services"),
}


def read_kubectl(arguments: Sequence[str]) -> Operation:
    """Raises NotUnderstood."""
    namespace, rest = _leading_namespace(list(arguments))
    reader = _READERS.get(rest[0] if rest else "")
    if reader is None:
        raise unclear(f"kubectl {' '.join(rest[:1])}".rstrip())
    read = reader(rest[1:])
    return read if not namespace else _within(read, namespace)


def _apply(rest: Sequence[str]) -> Operation:
    call = read_call(rest, {**NAMESPACE, "-f": "-f", "--filename": "-f"})
    file = call.values.get("-f", "")
    if call.positional or call.behind or not file or file == "-" or "://" in file or file.endswith("/"):
        raise unclear(f"kubectl apply {' '.join(rest)}")
    return Change(tuple(file.split(",")), namespace=call.values.get("-n", ""))


def _set(rest: Sequence[str]) -> Operation:
    call = read_call(rest, NAMESPACE)
    if call.behind or call.positional[:1] != ("image",):
        raise unclear(f"kubectl set {' '.join(rest[:1])}")
    deployment, pairs = _deployment(call.positional[1:])
    images = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if not pairs or len(images) != len(pairs) or not all(name and image for name, image in images.items()):
        raise unclear(f"kubectl set image {' '.join(pairs)}")
    return Change((), deployment, images, call.values.get("-n", ""))


def _rollout(rest: Sequence[str]) -> Operation:
    call = read_call(rest, {**NAMESPACE, "--to-revision": "--to-revision", "--timeout": "--timeout"})
    verb = call.positional[0] if call.positional else ""
    allowed = {"undo": {"--to-revision"}, "status": {"--timeout"}}.get(verb, set()) | {"-n"}
    if verb not in get_args(RolloutVerb) or call.behind or set(call.values) - allowed:
        raise unclear(f"kubectl rollout {' '.join(rest)}".rstrip())
    deployment = _one_deployment(call.positional[1:])
    timeout = call.values.get("--timeout")
    seconds = duration(timeout) if timeout else None
    if timeout and seconds is None:
        raise unclear(f"--timeout {timeout}")
    revision = call.number("--to-revision") or 0
    return Rollout(cast(RolloutVerb, verb), deployment, revision, seconds, call.values.get("-n", ""))


def _scale(rest: Sequence[str]) -> Operation:
    call = read_call(rest, {**NAMESPACE, "--replicas": "--replicas"})
    replicas = call.number("--replicas")
    if replicas is None or call.behind:
        raise unclear("kubectl scale")
    return Scale(_one_deployment(call.positional), replicas, call.values.get("-n", ""))


def _get(rest: Sequence[str]) -> Operation:
    call = read_call(rest, NAMESPACE)
    kind, name = (*_slashed(call.positional), "", "")[:2]
    if kind not in KINDS or call.behind or len(_slashed(call.positional)) > 2:
        raise unclear(f"kubectl get {' '.join(rest)}")
    return Get(KINDS[kind], name, call.values.get("-n", ""))


def _logs(rest: Sequence[str]) -> Operation:
    call = read_call(rest, {**NAMESPACE, "--tail": "--tail"}, {"-f": "follow", "--follow": "follow"})
    if call.behind:
        raise unclear("kubectl logs --")
    return Logs(_slashed_deployment(call), "follow" in call.switches, call.number("--tail"), call.values.get("-n", ""))


def _top(rest: Sequence[str]) -> Operation:
    call = read_call(rest, NAMESPACE)
    if KINDS.get("".join(call.positional)) != "pods" or call.behind:
        raise unclear(f"kubectl top {' '.join(rest)}".rstrip())
    return Top(call.values.get("-n", ""))


def _exec(rest: Sequence[str]) -> Operation:
    both = {"-i": "i", "--stdin": "i", "-t": "t", "--tty": "t", "-it": "it", "-ti": "it"}
    call = read_call(rest, NAMESPACE, both)
    if not call.behind:
        raise unclear("kubectl exec")
    return Exec(_slashed_deployment(call), call.behind, bool(call.switches), call.values.get("-n", ""))


_READERS: Mapping[str, Callable[[Sequence[str]], Operation]] = {
    "apply": _apply, "set": _set, "rollout": _rollout, "scale": _scale, "get": _get, "logs": _logs, "top": _top,
    "exec": _exec,
}  # fmt: skip


def _leading_namespace(words: list[str]) -> tuple[str, list[str]]:
    """A namespace named ahead of the verb, and what follows it."""
    if words and words[0] in NAMESPACE and len(words) > 1:
        return words[1], words[2:]
    name, equals, value = words[0].partition("=") if words else ("", "", "")
    return (value, words[1:]) if equals and name in NAMESPACE else ("", words)


def _within(op: Operation, namespace: str) -> Operation:
    import msgspec

    if getattr(op, "namespace", ""):
        raise NotUnderstood(Words("two namespaces are named", "指定了两个命名空间"))
    return msgspec.structs.replace(op, namespace=namespace)


def _deployment(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A Deployment's name (`deployment/X` or `deployment X`), and what follows it."""
    kind, slash, name = words[0].partition("/") if words else ("", "", "")
    if kind not in DEPLOYMENT_KINDS:
        raise unclear(words[0] if words else "kubectl")
    name, rest = (name, words[1:]) if slash else (words[1] if len(words) > 1 else "", words[2:])
    if not name or "/" in name:
        raise unclear(" ".join(words))
    return name, rest


def _one_deployment(words: Sequence[str]) -> str:
    name, rest = _deployment(words)
    if rest:
        raise unclear(" ".join(rest))
    return name


def _slashed_deployment(call: Call) -> str:
    """`deployment/X`: `logs` and `exec` take a bare name for a pod's."""
    if len(call.positional) != 1 or "/" not in call.positional[0]:
        raise unclear(" ".join(call.positional) or "kubectl")
    return _one_deployment(call.positional)


def _slashed(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(words[0].split("/", 1)) + tuple(words[1:]) if words else ()
