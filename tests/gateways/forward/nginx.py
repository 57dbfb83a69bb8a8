"""A real nginx on free ports with a folder of its own; installed where that is possible, or else skipped."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest

INSTALL_S = 90.0
START_S = 20.0


@cache
def binary() -> str | None:
    """nginx, installed if it is not there and we may; tried once in a session."""
    with suppress(subprocess.TimeoutExpired):
        _install()
    return _there()


def _there() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _install() -> None:
    if _there() is not None or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "--no-install-recommends", "nginx-light"]
    for command in (install, ["update"], install):
        done = subprocess.run(
            ["apt-get", "-o", "DPkg::Lock::Timeout=60", *command],  # another worker may be at it
            env=environment,
            capture_output=True,
            timeout=INSTALL_S,
            check=False,
        )
        if done.returncode == 0 and command is install:
            return


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(servers: str, folder: Path) -> Iterator[None]:
    """nginx with these ``server`` blocks, until it is not needed any more."""
    program = binary()
    if program is None:
        pytest.skip("nginx is not installed, and cannot be installed here")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\naccess_log {folder}/access.log;\n{paths}{servers}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
        stderr=subprocess.PIPE,
    )
    try:
        _wait(process, folder)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=START_S)


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until it has its process id written, which it does when it listens."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"nginx did not start: {(process.communicate()[1] or b'').decode()}")
        if (folder / "pid").exists() and (folder / "pid").read_text().strip():
            return
        time.sleep(0.01)
    pytest.fail("nginx did not start in time")
