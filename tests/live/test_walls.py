"""What a trainee finds who looks around in the own server with a program: nothing but the own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from polling import until
from trainer.hub.limits import ControlGroups

from .conftest import LiveServer, Person, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]

_LOOK = """
import glob, json, os, pwd, socket, subprocess
def tried(do):
    try:
        return repr(do())[:300]
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
def reach(family, address):
    s = socket.socket(family); s.settimeout(3); s.connect(address); return "reached"
"""


@pytest.fixture(scope="module")
def alice(county: LiveServer) -> Person:
    return county.person("sl001").open_server()


@pytest.fixture(scope="module")
def bob(county: LiveServer) -> Person:
    return county.person("sl002").open_server()


def look(person: Person, expression: str) -> Any:
    """The value of an expression in a kernel of a person."""
    return json.loads(person.run(f"{_LOOK}\nprint(json.dumps({expression}))").strip().splitlines()[-1])


def test_a_trainee_sees_the_own_home_and_nobody_else(county: LiveServer, alice: Person, bob: Person) -> None:
    assert look(alice, "os.listdir('/home')") == ["sl001"]
    assert look(alice, "[e.pw_name for e in pwd.getpwall()]") == ["root", "nobody", "sl001"]
    seen = look(alice, "[os.getcwd(), os.getuid(), os.getgroups()]")
    number = county.who.trainee(1)
    assert seen == ["/home/sl001", number, []]
    assert bob.get("api").status_code == 200


@pytest.mark.parametrize(
    "what",
    ["hub.sqlite", "accounts/accounts.sqlite", "hall/hall.sqlite", "secrets", "homes", "courses", "logs"],
)
def test_nothing_of_the_data_folder_exists(county: LiveServer, alice: Person, what: str) -> None:
    path = county.data.root / what
    assert path.exists()
    assert look(alice, f"os.path.exists({str(path)!r})") is False


def test_the_course_its_keys_and_its_gradebook_do_not_exist(county: LiveServer, alice: Person) -> None:
    assert (county.data.courses / "leitai" / "gradebook.db").is_file()
    script = """
found = []
for folder, folders, files in os.walk('/'):
    if folder == '/':
        folders[:] = [f for f in folders if f not in ('proc', 'usr', 'lib', 'lib64', 'bin', 'sbin')]
    folders[:] = [f for f in folders if f != 'site-packages']
    found += [os.path.join(folder, f) for f in [*files, *folders]
              if f in ('gradebook.db', 'question_bank', 'courses', 'leitai') or (f.endswith(('.sqlite', '.yaml')) and '.ipython' not in folder)]
found = [path for path in found if not path.endswith('/src/trainer/procedures/holidays.yaml')]  # the program's own
print(json.dumps(found))
"""
    found = json.loads(alice.run(_LOOK + script))
    assert found == []


def test_the_processes_of_others_do_not_exist(alice: Person, bob: Person) -> None:
    commands = look(alice, "[open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc') if p.isdigit()]")
    assert len(commands) < 10
    assert not any("sl002" in command or "trainer.hall" in command for command in commands)


def test_the_server_itself_cannot_be_read_by_a_kernel(alice: Person) -> None:
    """The server's memory and environment are closed even to programs of the same user."""
    script = """
out = []
for p in os.listdir('/proc'):
    if p.isdigit() and 'forkserver' in open(f'/proc/{p}/cmdline').read():
        out.append(tried(lambda: open(f'/proc/{p}/environ').read()))
        out.append(tried(lambda: open(f'/proc/{p}/mem','rb').read(1)))
print(json.dumps(out))
"""
    answers = json.loads(alice.run(_LOOK + script))
    assert len(answers) == 2
    assert all("PermissionError" in answer for answer in answers)


def test_there_is_no_network_but_the_own_loopback(county: LiveServer, alice: Person) -> None:
    assert look(alice, "[name for _, name in socket.if_nameindex()]") == ["lo"]
    for port in (county.port, 22, 8081, 8001, 5432):
        answer = look(alice, f"tried(lambda: reach(socket.AF_INET, ('127.0.0.1', {port})))")
        assert "ConnectionRefused" in answer
    assert "Error" in look(alice, "tried(lambda: reach(socket.AF_INET, ('192.0.2.1', 80)))")
    assert "gaierror" in look(alice, "tried(lambda: socket.getaddrinfo('example.org', 80))")


def test_of_the_sockets_only_the_hubs_and_the_halls_exist(county: LiveServer, alice: Person) -> None:
    found = look(alice, "sorted(os.path.join(d, f) for d, _, fs in os.walk('/run') for f in fs)")
    assert set(found) <= {f"/run/trainer/{name}" for name in ("hub.sock", "hall/hall.sock", "hall/keys.json")}
    for path in (county.data.proxy_api_socket, county.data.console_socket, county.data.socket_of("sl002")):
        assert "FileNotFoundError" in look(alice, f"tried(lambda: reach(socket.AF_UNIX, {str(path)!r}))")
    assert "Error" in look(alice, "tried(lambda: open('/run/trainer/x', 'w'))")
    assert "Error" in look(alice, "tried(lambda: os.remove('/run/trainer/hub.sock'))")


def test_root_cannot_be_had_back(alice: Person) -> None:
    status = look(alice, "open('/proc/self/status').read()")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1"
    assert "PermissionError" in look(alice, "tried(lambda: os.setuid(0))")
    assert "Error" in look(
        alice,
        "tried(lambda: subprocess.run(['mount','-t','tmpfs','x','/mnt'],check=True,capture_output=True))",
    )
    for path in ("/etc/passwd", "/usr/bin/x", "/x", str(Path(os.__file__).parent / "x")):
        assert "Error" in look(alice, f"tried(lambda: open({path!r}, 'a'))")


def test_memory_processes_and_files_are_bounded(county: LiveServer, alice: Person) -> None:
    eaten = look(
        alice,
        "tried(lambda: subprocess.run(['python3','-c','x=bytearray(2<<30); print(len(x))'],capture_output=True).returncode)",
    )
    assert eaten != "0"
    forks = look(alice, "tried(lambda: [subprocess.Popen(['sleep','60']) for _ in range(400)])")
    assert "BlockingIOError" in forks or "OSError" in forks
    alice.run("import subprocess; subprocess.run(['pkill','sleep'])")
    big = "tried(lambda: open('/home/sl001/big','wb').write(bytes(80<<20)))"
    assert "OSError" in look(alice, big)
    alice.run("import os; os.remove('/home/sl001/big')")
    assert county.data.homes.exists()


def test_a_link_out_of_the_home_leads_nowhere(county: LiveServer, alice: Person) -> None:
    target = county.data.accounts_db
    alice.run(
        f"import os; os.symlink({str(target)!r}, '/home/sl001/link.txt'); os.symlink('/proc/1/environ','/home/sl001/e.txt')"
    )
    assert alice.get("api/contents/link.txt").status_code in (404, 403, 400, 500)
    assert alice.get("files/link.txt").status_code in (404, 403, 400)
    assert "TOKEN" not in alice.get("files/e.txt").text
    alice.run("import os; os.remove('/home/sl001/link.txt'); os.remove('/home/sl001/e.txt')")


def test_everything_of_a_server_ends_with_it(county: LiveServer) -> None:
    carol = county.person("sl003").open_server()
    carol.run("import subprocess; subprocess.Popen(['setsid','sleep','987654'], start_new_session=True)")
    groups = ControlGroups(county.data.runtime.name)

    def hers() -> list[int]:
        """By control group: another server on this machine has the same uids."""
        return [
            pid for pid in groups.processes(county.data.socket_of("sl003").stem) if psutil.pid_exists(pid)
        ]

    assert len(hers()) >= 3
    assert carol.session.delete(
        f"{county.url}/hub/api/users/sl003/server",
        headers={
            "Referer": f"{county.url}/hub/home",
            "X-XSRFToken": carol.session.cookies.get("_xsrf", path="/hub/") or "",
        },
    ).status_code in (202, 204)
    until(lambda: not hers(), "all processes of sl003 have ended")
    assert not Path(
        f"/sys/fs/cgroup/pids/{county.data.runtime.name}/{county.data.socket_of('sl003').stem}"
    ).exists()
