"""A merged pull request, read from the event that GitHub or GitLab send: which commit a promotion is for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from rollbook.problems import Refused
from rollbook.values import Words

SHORT = 12
"""Signs of a commit that name a version where nobody gave one."""


class Merged(msgspec.Struct, frozen=True):
    """`version`: the commit's first signs, for a promotion that is given no other."""

    commit: str
    title: str = ""

    @property
    def version(self) -> str:
        return self.commit[:SHORT]


def read_event(path: str) -> Merged:
    """The event in a file, or on standard input for `-`. Raises Refused for anything but a merge that was done.

    GitHub: `pull_request` event, action closed, merged, `merge_commit_sha`
    (docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request). GitLab: `merge_request` event, action merge,
    `merge_commit_sha` (docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events)."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        event = msgspec.json.decode(text.encode())
    except OSError as error:
        raise Refused(Words(f"{path}: {error.strerror}", f"{path}：{error.strerror}")) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(NO_JSON.format(path=path, why=error), HINT) from error
    commit, title = _merge_of(event if isinstance(event, dict) else {})
    if not commit:
        raise Refused(NO_MERGE.format(path=path), HINT)
    if not all(sign in "0123456789abcdef" for sign in commit) or len(commit) < SHORT:
        raise Refused(NO_COMMIT.format(path=path, commit=commit[:64]), HINT)
    return Merged(commit, title)


def _merge_of(event: dict[str, Any]) -> tuple[str, str]:
    """Merge commit and title; "" where the event is no merge that was done."""
    pull, request = event.get("pull_request"), event.get("object_attributes")
    if isinstance(pull, dict) and event.get("action", "closed") == "closed" and pull.get("merged") is True:
        return str(pull.get("merge_commit_sha") or ""), str(pull.get("title") or "")
    is_merge = event.get("object_kind") == "merge_request" and isinstance(request, dict)
    if is_merge and isinstance(request, dict) and request.get("action", "merge") == "merge":
        merged = request.get("state") == "merged"
        return str(request.get("merge_commit_sha") or "") if merged else "", str(request.get("title") or "")
    return "", ""


NO_JSON = Words("{path} is no JSON: {why}", "{path} 不是 JSON：{why}")
NO_MERGE = Words("{path} is no event of a merged pull request", "{path} 不是已合并的合并请求事件")
NO_COMMIT = Words("{path}: the merge commit {commit} is no commit", "{path}：合并提交 {commit} 不是提交号")
HINT = Words(
    "give the body of GitHub's `pull_request` or GitLab's `merge_request` event of the merge",
    "请给出合并时 GitHub `pull_request` 或 GitLab `merge_request` 事件的正文",
)
