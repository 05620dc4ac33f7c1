"""What code from a submission can reach: nothing. Every attempt is really made, in a sandbox as it is used."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from trainer.hub.forkserver.syscalls import filter_descriptor
from trainer.hub.walls import ServiceWalls, Walls
from trainer.sandbox import landlock, view
from trainer.sandbox.conductor import run_cells
from trainer.sandbox.limits import Limits
from trainer.sandbox.sandbox import NoSandbox, Sandbox
from trainer.sandbox.view import bubblewrap

from .conftest import code, printed, went_wrong

BOTH = pytest.mark.parametrize("either", ["sandbox", "landlocked"], indirect=True)
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="starts programs as other users")


def attempt(sandbox: Sandbox, source: str) -> str:
    """The error that a cell ends with, or what it printed."""
    (ran,) = run_cells(sandbox, [code(source)])
    return went_wrong(ran) or printed(ran)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with a gradebook, readable for everybody, as on a carelessly set up machine."""
    (tmp_path / "gradebook.db").write_bytes(b"marks")
    (tmp_path / "gradebook.db").chmod(0o666)
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o777)
    return tmp_path


@BOTH
def test_no_file_of_ours(either: Sandbox, course: Path) -> None:
    """Not by name, not through a link, not by a way round, neither read nor written nor removed nor cut short."""
    book = course / "gradebook.db"
    for action in (
        f"open({str(book)!r}).read()",
        f"open({str(book)!r}, 'w')",
        f"os.symlink({str(book)!r}, 'book'); open('book').read()",
        f"os.link({str(book)!r}, 'book'); open('book').read()",
        f"open('../' * 20 + {str(book)!r}[1:]).read()",
        f"os.unlink({str(book)!r})",
        f"os.rename({str(book)!r}, 'x')",
        f"os.truncate({str(book)!r}, 0)",
        f"os.listdir({str(course)!r})",
        f"import sqlite3; sqlite3.connect({str(book)!r}).execute('create table x (y)')",
        f"open({str(Path(__file__).resolve())!r}).read()",
        "os.listdir('/root')",
        "os.listdir('/home')",
        "open('/etc/shadow').read()",
        "open('/usr/bin/new', 'w')",
        f"open({sys.prefix + '/new'!r}, 'w')",
    ):
        said = attempt(either, f"import os\n{action}")
        assert "Error" in said, (action, said)
    attempt(either, f"import os\nos.chmod({str(book)!r}, 0)\nos.utime({str(book)!r}, (0, 0))")
    assert book.read_bytes() == b"marks"
    assert book.stat().st_mode & 0o777 == 0o666
    assert book.stat().st_mtime > 0


@BOTH
def test_no_network(either: Sandbox, tmp_path: Path) -> None:
    """A real server on the machine, a unix socket anybody may use, and a name in the abstract namespace."""
    path = tmp_path / "s"
    abstract = f"\0trainer-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as name,
    ):
        unix.bind(str(path))
        unix.listen()
        name.bind(abstract)
        name.listen()
        for family, address in (
            ("AF_INET", tcp.getsockname()),
            ("AF_UNIX", str(path)),
            ("AF_UNIX", abstract),
        ):
            said = attempt(either, f"import socket\nsocket.socket(socket.{family}).connect({address!r})")
            assert "Error" in said, said
        udp = (
            "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))"
        )
        assert "Error" in attempt(either, udp)


@BOTH
def test_no_other_process(either: Sandbox) -> None:
    """Those of the machine are neither seen nor signalled nor traced nor slowed down."""
    ours = os.getpid()
    for action in (
        f"os.kill({ours}, 9)",
        "os.kill(-1, 9)" if not either.protection.private else f"os.kill({ours}, 0)",
        f"open('/proc/{ours}/mem', 'rb')",
        f"open('/proc/{ours}/environ', 'rb')",
        "os.listdir('/proc/1')",
        f"import ctypes; c = ctypes.CDLL(None, use_errno=True); assert c.ptrace(16, {ours}, 0, 0) == 0",
        f"os.sched_setaffinity({ours}, [0])",
        f"import resource; resource.prlimit({ours}, resource.RLIMIT_CPU, (1, 1))",
        f"os.pidfd_open({ours})",
        f"os.setpriority(os.PRIO_PROCESS, {ours}, 19)",
    ):
        assert "Error" in attempt(either, f"import os\n{action}"), action


@BOTH
def test_no_powers(either: Sandbox) -> None:
    for action in (
        "os.setuid(0)",
        "os.setgid(0)",
        "os.chroot('/')",
        "os.mknod('d', 0o60600, os.makedev(8, 0))",
        "assert libc.unshare(0x10000000) == 0",
        "assert libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
        "assert libc.setns(0, 0) == 0",
        "os.memfd_create('x')",
        "assert libc.shmget(0, 4096, 0o1600) >= 0",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))",
    ):
        said = attempt(either, f"import os, ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n{action}")
        assert "Error" in said, (action, said)
    assert attempt(either, "import os\nprint(os.getuid(), os.geteuid(), os.getgroups())").split()[0] != "0"


@BOTH
def test_nothing_of_the_graders_environment(either: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "geheim")
    with Sandbox(either.limits) as fresh:
        for made in (either, fresh):
            assert "TOKEN" not in attempt(made, "import os\nprint(dict(os.environ))")


@BOTH
def test_submissions_do_not_meet(either: Sandbox) -> None:
    """Two at the same time: neither sees the other's files or processes."""
    started, seen = threading.Event(), threading.Event()
    found = []

    def first() -> None:
        fork = either.start("trainee")
        from trainer.sandbox.frames import RUN, pack

        fork.channel.send(RUN, pack({"source": "open('mine', 'w').write('x')", "count": 1}))
        fork.channel.receive()
        started.set()
        seen.wait(20)
        fork.end()

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(20)
    found.append(attempt(either, "import os\nprint(os.listdir('.'))"))
    found.append(
        attempt(
            either,
            "import os\nprint([n for n in os.listdir(os.path.dirname(os.getcwd()) or '/') if n.startswith('run-')])",
        )
    )
    seen.set()
    thread.join()
    assert found[0] == "[]\n"
    assert found[1] == "[]\n" or "PermissionError" in found[1]


def test_nothing_remains_when_the_grader_is_killed(tmp_path: Path) -> None:
    import psutil

    script = (
        "import sys, time\nfrom trainer.sandbox.sandbox import Sandbox\nfrom trainer.sandbox.limits import Limits\n"
        "from trainer.sandbox.frames import RUN, pack\n"
        "s = Sandbox(Limits())\nf = s.start('trainee')\n"
        "f.channel.send(RUN, pack({'source': 'while True: pass', 'count': 1}))\nprint('.', flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b".\n"
        below = psutil.Process(grader.pid).children(recursive=True)
        assert below
        grader.kill()
    _, alive = psutil.wait_procs(below, timeout=20)
    assert not alive


GRADING = """
from trainer.sandbox.sandbox import Sandbox
from trainer.sandbox.limits import Limits
from trainer.sandbox.conductor import Cell, run_cells
with Sandbox(Limits()) as sandbox:
    print(sandbox.protection.sentence())
    cells = [Cell("def f(x): return x + 1"), Cell("assert f(1) == 2", True), Cell("import os; os.listdir('/home')")]
    print([ran.ending.value for ran in run_cells(sandbox, cells)])
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nowhere"}


def graded(command: list[str], **more: object) -> list[str]:
    done = subprocess.run(
        [*command, sys.executable, "-c", GRADING],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


needs_walls = pytest.mark.skipif(
    os.getuid() != 0 or bubblewrap() is None, reason="makes the walls of a real server"
)


@needs_walls
def test_within_an_instructors_server(tmp_path: Path) -> None:
    """Its walls let nobody make namespaces: landlock and the filter remain, and are enough."""
    home, doors = tmp_path / "home", tmp_path / "doors"
    for folder in (home, doors):
        folder.mkdir()
        os.chown(folder, 200_005, 200_005)
    inside = Walls("chen", 200_005, home, doors, tmp_path / "etc", 64 << 20)
    inside.write_etc({"chen": 200_005})
    system_calls = filter_descriptor()
    assert system_calls is not None
    start = inside.command()
    command = [start[0], "--seccomp", str(system_calls), *start[1:], *inside.become()]
    sentence, endings = graded(command, pass_fds=[system_calls])
    assert "landlock" in sentence
    assert "bubblewrap" not in sentence
    assert endings == "['fine', 'fine', 'failed']"


@needs_walls
def test_in_the_consoles_process(tmp_path: Path) -> None:
    os.chown(tmp_path, 200_000, 200_000)
    sentence, endings = graded(ServiceWalls(200_000, (tmp_path,)).command())
    assert "seccomp" in sentence
    assert endings == "['fine', 'fine', 'failed']"


@needs_root
def test_without_root() -> None:
    try:
        user = pwd.getpwnam("tester")
    except KeyError:
        pytest.skip("there is no user tester here")
    sentence, endings = graded([], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/")
    assert "seccomp" in sentence
    assert endings == "['fine', 'fine', 'failed']"


def test_where_there_is_nothing_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "bubblewrap", lambda: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with Sandbox(Limits()) as sandbox, pytest.raises(NoSandbox) as refused:
        run_cells(sandbox, [code("1")])
    assert "apt-get install bubblewrap" in str(refused.value)
    assert "没有 bwrap，内核也没有 landlock" in str(refused.value)


def test_where_there_is_nothing_the_operator_may_say_that_it_shall_run_nevertheless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(view, "bubblewrap", lambda: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with Sandbox(Limits(), unsafe=True) as sandbox:
        assert attempt(sandbox, "print(1 + 1)") == "2\n"
        assert sandbox.protection.sentence().startswith("没有任何保护")
