"""Tools run as process groups: bounded, heard, and dead when they are said to be (F7)."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from rollbook.adapters.kept_output import kept_in
from rollbook.adapters.project import KEPT_LINES, ProjectDirectory
from rollbook.problems import StepFailed

pytestmark = pytest.mark.slow

CHILD = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
IGNORING = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
TELLING = "print(p.pid, flush=True); open('pid', 'w').write(str(p.pid)); "


@pytest.fixture
def project(tmp_path: Path) -> ProjectDirectory:
    (tmp_path / "root").mkdir()
    return ProjectDirectory(tmp_path / "root", tmp_path / "scratch")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be reaped by init does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def python(project: ProjectDirectory, code: str, limit_s: float = 60.0, **environment: str):
    return await project.run([sys.executable, "-c", code], limit_s, environment)


async def appeared(path: Path) -> int:
    """The process id that a child writes to `path`, once it has."""
    while not (path.is_file() and path.read_text()):
        await asyncio.sleep(0.01)
    return int(path.read_text())


async def test_a_tools_exit_code_and_both_streams_come_back(project) -> None:
    done = await python(project, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert done.code == 3
    assert sorted(done.lines) == ["err", "out"]


async def test_a_tool_runs_in_the_project_with_its_own_variables(project) -> None:
    done = await python(project, "import os; print(os.getcwd(), os.environ['STAGE'])", STAGE="qa")
    assert done.lines == (f"{project.root} qa",)


async def test_only_the_last_lines_are_kept_however_much_is_said(project) -> None:
    done = await python(project, "for n in range(100_000): print(n)")
    assert len(done.lines) == KEPT_LINES
    assert done.lines[-1] == "99999"


async def test_a_line_without_end_does_not_fill_the_memory(project) -> None:
    done = await python(project, "import sys; sys.stdout.write('x' * 5_000_000)")
    assert sum(map(len, done.lines)) < 10_000


async def test_m05_every_line_is_redacted_even_where_output_comes_in_pieces(tmp_path) -> None:
    project = ProjectDirectory(tmp_path, tmp_path / "scratch", lambda line: line.replace("hunter2", "***"))
    done = await python(project, "import os\nfor piece in (b'pass: hun', b'ter2\\n', b'hunter2'): os.write(1, piece)")
    assert done.lines == ("pass: ***", "***")


async def test_f07_at_its_limit_a_tool_is_ended_with_everything_it_started(project) -> None:
    with pytest.raises(StepFailed, match=r"did not end within 1.5s") as failed:
        await python(project, CHILD + TELLING + "p.wait()", limit_s=1.5)
    assert not is_alive(int(failed.value.output[0]))


async def test_f07_a_cancelled_tool_is_dead_when_the_cancellation_is_reported(project) -> None:
    task = asyncio.create_task(python(project, IGNORING + CHILD + TELLING + "p.wait()"))
    pid = await asyncio.wait_for(appeared(project.root / "pid"), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(pid)


async def test_what_a_tool_leaves_behind_does_not_outlive_it(project) -> None:
    done = await asyncio.wait_for(python(project, CHILD + TELLING), 30)
    assert done.code == 0
    assert not is_alive(int(done.lines[0]))


async def test_a_program_that_is_not_there_fails_the_step(project) -> None:
    with pytest.raises(StepFailed, match="cannot run no-such-program"):
        await project.run(["no-such-program"], 5.0)


async def test_a_project_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(StepFailed, match="no project directory"):
        await ProjectDirectory(tmp_path / "gone", tmp_path).run(["true"], 5.0)


async def test_tool_output_is_read_from_the_runs_own_folder(project) -> None:
    assert project.output("found.json") is None
    await python(project, f"open({str(project.scratch('deep/found.json'))!r}, 'w').write('{{}}')")
    assert project.output("deep/found.json") == "{}"
    assert os.listdir(project.root) == []


async def test_a_script_stops_at_its_first_failure_also_within_a_pipe(project) -> None:
    done = await project.shell("echo one\nfalse | cat\necho two\n", 60.0)
    assert (done.code, done.lines) == (1, ("one",))


async def test_a_script_stops_at_a_variable_that_is_not_set(project) -> None:
    done = await project.shell('echo "$VERSION"\necho "$NOT_SET_ANYWHERE"\necho two\n', 60.0, {"VERSION": "v2"})
    assert done.code != 0
    assert done.lines[0] == "v2"
    assert "NOT_SET_ANYWHERE" in done.lines[-1]


async def test_values_reach_a_script_as_variables_never_as_text(project) -> None:
    done = await project.shell('printf "%s\\n" "$NAME"', 60.0, {"NAME": '"; touch stolen; echo $(id) `id`'})
    assert done.lines == ('"; touch stolen; echo $(id) `id`',)
    assert not project.has("stolen")


async def test_all_output_of_a_script_is_kept_and_told_as_it_comes(project) -> None:
    """The script waits for a file that only the reader of its first line makes."""
    told: list[str] = []

    def hear(line: str) -> None:
        told.append(line)
        (project.root / "heard").touch()

    script = "echo first\nuntil [ -e heard ]; do sleep 0.01; done\nfor n in $(seq 300); do echo $n; done\n"
    done = await project.shell(script, 60.0, None, "output/one.log", hear)
    assert done.code == 0
    assert told == ["first", *map(str, range(1, 301))]
    assert project.output("output/one.log").splitlines() == told
    assert len(done.lines) == KEPT_LINES


async def test_m05_kept_output_is_redacted(tmp_path) -> None:
    (tmp_path / "root").mkdir()
    directory = ProjectDirectory(tmp_path / "root", tmp_path / "scratch", lambda line: line.replace("hunter2", "***"))
    await directory.shell("echo password=$PASSWORD", 60.0, {"PASSWORD": "hunter2"}, "log")
    assert directory.output("log") == "password=***\n"


async def test_f07_a_script_at_its_limit_is_ended_with_everything_it_started(project) -> None:
    with pytest.raises(StepFailed) as late:
        await project.shell("sleep 600 & echo $! > pid; echo started; wait", 2.0, None, "log")
    assert late.value.output == ("started",)
    assert not is_alive(int((project.root / "pid").read_text()))


async def test_a_file_of_the_project_is_read_but_none_outside(project) -> None:
    (project.root / "k8s").mkdir()
    (project.root / "k8s" / "a.yaml").write_text("kind: Service")
    (project.root.parent / "secret").write_text("x")
    assert project.read("k8s/a.yaml") == "kind: Service"
    assert project.read("../secret") is None
    assert project.read("k8s") is None


async def test_m29_shell_text_finds_its_own_kubeconfig_tools_find_the_persons(tmp_path) -> None:
    (tmp_path / "root").mkdir()
    mine, generated = {"KUBECONFIG": "mine", "PATH": os.environ["PATH"]}, {"KUBECONFIG": "generated"}
    directory = ProjectDirectory(tmp_path / "root", tmp_path / "scratch", str, mine, generated)
    assert (await directory.shell("echo $KUBECONFIG", 60.0)).lines == ("generated",)
    assert (await directory.shell("echo $KUBECONFIG", 60.0, {"KUBECONFIG": "given"})).lines == ("given",)
    assert (await python(directory, "import os; print(os.environ['KUBECONFIG'])")).lines == ("mine",)


async def test_m29_the_generated_kubeconfig_wins_whatever_else_is_said(tmp_path) -> None:
    (tmp_path / "root").mkdir()
    directory = ProjectDirectory(tmp_path / "root", tmp_path / "scratch", kubeconfig={"kind": "Config"})
    done = await directory.shell('cat "$KUBECONFIG"', 60.0, {"KUBECONFIG": "/given"})
    assert done.lines == ('{"kind":"Config"}',)
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_kept_output_has_a_bound_and_says_where_it_ends(tmp_path) -> None:
    file, told = tmp_path / "log", list[str]()
    for _ in range(2):
        with kept_in(file, told.append, most=100) as heard:
            for number in range(20):
                heard(f"line {number}")
    kept = file.read_text().splitlines()
    assert kept[0] == "line 0"
    assert kept[-1].startswith("… (what follows is not kept: 100 bytes are)")
    assert file.stat().st_size < 200
    assert len(told) == 40


ENGINE = """
import asyncio, sys
from pathlib import Path
from rollbook.adapters.project import ProjectDirectory
script = "trap '' TERM; (trap '' TERM; sleep 600) & echo $! > child; echo $$ > pid; wait"
asyncio.run(ProjectDirectory(Path(sys.argv[1]), Path(sys.argv[2])).shell(script, 600.0, {}, "log"))
"""


async def test_f07_a_command_and_its_children_do_not_outlive_a_killed_engine(project, tmp_path) -> None:
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENGINE, str(project.root), str(tmp_path / "scratch")
    )
    try:
        pids = [await asyncio.wait_for(appeared(project.root / name), 30) for name in ("pid", "child")]
        assert all(map(is_alive, pids))
    finally:
        engine.kill()
        await engine.wait()
    async with asyncio.timeout(30):
        while any(map(is_alive, pids)):
            await asyncio.sleep(0.01)


async def test_a_command_reads_nothing_from_whoever_started_it(project) -> None:
    done = await asyncio.wait_for(project.shell("cat; echo end", 60.0), 30)
    assert done.lines == ("end",)


async def test_a_program_of_the_project_is_found_by_its_relative_path(project) -> None:
    tool = project.root / "tool.sh"
    tool.write_text("#!/bin/sh\necho ran\n")
    with pytest.raises(StepFailed, match=r"cannot run \./tool\.sh"):
        await project.run(["./tool.sh"], 60.0)
    tool.chmod(0o755)
    assert (await project.run(["./tool.sh"], 60.0)).lines == ("ran",)
