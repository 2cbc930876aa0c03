"""Command lines of `docker`: built, never run."""

from __future__ import annotations

Argv = tuple[str, ...]


def build(image: str, context: str = ".", dockerfile: str = "", labels: tuple[tuple[str, str], ...] = ()) -> Argv:
    """Build a directory's image under a name."""
    file = ("--file", dockerfile) if dockerfile else ()
    labelled = tuple(word for name, value in labels for word in ("--label", f"{name}={value}"))
    return ("docker", "build", "--tag", image, *file, *labelled, "--", context)


def push(image: str) -> Argv:
    return ("docker", "push", "--", image)


def tag(image: str, name: str) -> Argv:
    """Give an image another name, so that it can be pushed under it."""
    return ("docker", "tag", "--", image, name)


def digest(image: str) -> Argv:
    """Print the digests under which an image is known to registries, as JSON."""
    return ("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", "--", image)
