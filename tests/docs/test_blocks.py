"""How code blocks of the documents are read and compared."""

from __future__ import annotations

from pathlib import Path

from docs.blocks import blocks_of, commands_of, missing

TEXT = """
```toml file=a.toml
x = 1
```

````console exit=2
$ one \\
  two
first …
last
$ cat <<'END' > f
$ not a command
END
````

```console skip=key
$ never
```
"""


def read(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_files_commands_and_output_are_told_apart(tmp_path: Path) -> None:
    file, console, skipped = blocks_of(read(tmp_path))
    assert (file.options, file.lines) == ({"file": "a.toml"}, ("x = 1",))
    assert console.runs
    assert not skipped.runs
    first, second = commands_of(console)
    assert (first.text, first.shown) == ("one \\\n  two", ("first …", "last"))
    assert second.text.endswith("$ not a command\nEND")
    assert second.shown == ()


def test_output_that_is_not_there_or_not_in_order_is_noticed() -> None:
    assert missing(("a …", "c"), "x\na 1\nb\nc\n") is None
    assert missing(("c", "a"), "a\nc\n") == "a"
    assert missing(("a  b",), "a b\n") is None
    assert missing(("d",), "a\n") == "d"
