"""Shell text as statements: words, operators, comments, places."""

from __future__ import annotations

import subprocess
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollbook.documents.shell import read_statements, without_prompts
from rollbook.values import At


def statements(text: str, at: At = At(1, 1)):
    found, fault = read_statements(text, at)
    assert fault is None, fault
    return found


def words(text: str) -> list[str]:
    (one,) = statements(text)
    return [word.text for word in one.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker build -t app:1 .", ["docker", "build", "-t", "app:1", "."]),
        ("docker build \\\n  -t app:1 \\\n  .", ["docker", "build", "-t", "app:1", "."]),
        ("echo 'a b' \"c d\"", ["echo", "a b", "c d"]),
        ("echo x'y z'\"w\"", ["echo", "xy zw"]),
        ("echo a\\ b", ["echo", "a b"]),
        ('echo "a\\"b"', ["echo", 'a"b']),
        ("echo $A ${B}", ["echo", "${A}", "${B}"]),
        ('echo "  $A  "', ["echo", "  ${A}  "]),
        ("echo 部署 ''", ["echo", "部署", ""]),
        ("run --n=5 10 -- -x", ["run", "--n=5", "10", "--", "-x"]),
    ],
)
def test_words_are_what_the_program_gets_but_for_variables(text, expected):
    assert words(text) == expected
    (one,) = statements(text)
    assert all(word.known for word in one.words)


def test_variables_are_named():
    (one,) = statements('docker push "$REGISTRY/app:${VERSION}"')
    assert one.words[2].text == "${REGISTRY}/app:${VERSION}"
    assert one.words[2].variables == ("REGISTRY", "VERSION")


@pytest.mark.parametrize(
    "word",
    [
        "*.yaml",
        "a?",
        "[ab]",
        "~/x",
        "{a,b}",
        "x{1..3}",
        "$(date)",
        "`date`",
        "${A:-b}",
        "${#A}",
        "$1",
        "$@",
        "$((1+2))",
        "'$A'",
        '"\\$A"',
        "$'a\\n'",
        "<(ls)",
    ],
)
def test_m28_a_word_that_only_the_shell_can_say_is_unknown(word):
    (one,) = statements(f"echo {word}")
    assert not all(w.known for w in one.words)


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ("a | b", {"|"}),
        ("a > f", {">"}),
        ("a 2>&1", {">&"}),
        ("a || b", {"||"}),
        ("(a)", {"()"}),
        ("{ a; }", {"{}"}),
        ("! a", {"!"}),
        ("a &", {"&"}),
        ("A=1 a", {"NAME="}),
        ("if a; then b; fi", {"if"}),
        ("a $(b)", {"$()"}),
        ("for x in 1; do a; done", {"for"}),
        ("while a; do b; done", {"while"}),
        ("a <<E\nx\nE", {"<<"}),
        ("a <<< x", {"<<<"}),
        ("case x in y) a;; esac", {"case"}),
        ("[[ -e x ]]", {"[["}),
        ("a", set()),
        ("a -n x", set()),
    ],
)
def test_operators_are_named(text, operators):
    (one,) = statements(text)
    assert set(one.operators) == operators


def test_lists_of_and_are_statements_of_their_own_others_are_not():
    assert [s.text for s in statements("a && b 1 && c")] == ["a", "b 1", "c"]
    assert [s.text for s in statements("a; b")] == ["a", "b"]
    assert [s.text for s in statements("a && b || c")] == ["a && b || c"]
    assert [s.text for s in statements("a && b &")] == ["a && b &"]


def test_a_comment_holds_for_the_commands_below_it_up_to_a_gap():
    text = "# one\na\nb\n\nc\n# two\n# more\nd # behind\ne\n# three\n\nf"
    found = {s.text: s.comment for s in statements(text)}
    assert found == {"a": "one", "b": "one", "c": "", "d": "two more behind", "e": "two more", "f": "three"}


def test_a_headline_apart_is_not_the_commands_comment():
    assert [s.comment for s in statements("# Deploy script\n\n# stop\na")] == ["stop"]


def test_a_shebang_says_nothing():
    assert [s.comment for s in statements("#!/bin/bash\na")] == [""]


def test_lines_and_columns_count_from_the_fences_place_in_characters():
    found = statements("# 注释\n echo 部署 && 命令 x\nb", At(40, 3))
    assert [s.at for s in found] == [At(41, 4), At(41, 15), At(42, 3)]


@pytest.mark.parametrize(
    ("text", "line"),
    [('a\necho "open', 2), ("a\n\nif b; then c", 3), ("a (", 1), ("a\nb )", 2), ("for x in", 1)],
)
def test_what_is_not_shell_is_a_fault_at_its_line_and_gives_no_statements(text, line):
    found, fault = read_statements(text)
    assert found == ()
    assert fault is not None
    assert fault.at.line == line


def test_a_terminals_record_is_its_commands():
    record = "$ kubectl get pods\nNAME  READY (1\n$ docker build \\\n    -t a .\nSuccessfully built\n# done\n"
    assert [s.text for s in statements(record)] == ["kubectl get pods", "docker build \\\n    -t a ."]
    assert [s.at for s in statements(record)] == [At(1, 3), At(3, 3)]
    assert without_prompts("kubectl get pods\n$ x") == "kubectl get pods\n$ x"
    assert [s.text for s in statements("root@host:~# ls\na b\n")] == ["ls"]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab '\"\\$`(){}[]<>|&;#!*?~=\n\t\r\x00部-/.,")))
def test_reading_never_raises(text):
    found, fault = read_statements(text)
    assert fault is None or found == ()
    assert all(statement.text for statement in found)


@settings(deadline=None)
@given(st.text())
def test_reading_never_raises_on_any_text(text):
    read_statements(text)


@pytest.mark.parametrize("character", ["é", "署", "　", "😀", "\U00040000", "\U0010ffff"])
def test_no_character_reaches_code_that_reads_outside_of_its_table(character: str) -> None:
    """The grammar's scanner asks C's isdigit about what follows a brace."""
    for text in (f"echo {{{character}@for", f"echo {{{character}}}", f"echo {{{character}..3}}", f"<<{character}"):
        read_statements(text)
    (one,) = statements(f"echo a{character}b \"{character} $A\" '{character}' # x{character * 3}y")
    assert [word.text for word in one.words] == ["echo", f"a{character}b", f"{character} ${{A}}", character]
    assert one.comment == f"x{character * 3}y"


def test_a_place_behind_wide_characters_counts_characters() -> None:
    _, fault = read_statements("echo 好的\necho 😀 | | x")
    assert fault is not None
    assert (fault.at.line, fault.text[:1]) == (2, "|")
    found = statements("echo 好的; ls")
    assert found[1].at.column == 10


def test_deep_nesting_is_read_or_refused_but_never_raises():
    for text in ("(" * 3000 + "a" + ")" * 3000, "a && " * 3000 + "a", "$(" * 2000 + "a" + ")" * 2000, '"' * 5001):
        read_statements(text)


SNIPPETS = (
    (Path(__file__).parent / "texts" / "snippets.sh.txt").read_text(encoding="utf-8").strip("\n").split("\n---\n")
)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_what_bash_takes_for_shell_is_read_and_what_it_does_not_is_a_fault(snippet):
    """Snippets as documents have them; bash is the judge."""
    judged = subprocess.run(["bash", "-n", "-c", snippet], capture_output=True, check=False).returncode == 0
    found, fault = read_statements(snippet)
    assert (fault is None) == judged
    assert bool(found) == judged


PIECES = (
    "ab",
    "'a b'",
    '"c $A d"',
    '"  ${B}"',
    '"$A  $B"',
    "x\\ y",
    '"q\\"r\\\\"',
    "部署",
    "-f=1",
    "${B}",
    '""',
    "10",
    "a=b",
    "./p/q.sh",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", " \\\n  "])), min_size=1, max_size=8))
def test_known_words_are_what_bash_itself_passes_on(pieces):
    """Bash is the judge. Values without blanks: an unquoted reference would be split otherwise."""
    arguments = "".join(piece + gap for piece, gap in pieces).rstrip(" \\\n")
    values = {"A": "one", "B": "two"}
    (one,) = statements("program " + arguments)
    assert all(word.known for word in one.words)
    read = [reduce(lambda t, v: t.replace("${" + v + "}", values[v]), values, word.text) for word in one.words[1:]]
    script = f"set -- {arguments}\nprintf '%s\\0' \"$@\""
    told = subprocess.run(["bash", "-c", script], env=values, capture_output=True, check=True).stdout.decode()
    assert read == told.split("\0")[:-1]
