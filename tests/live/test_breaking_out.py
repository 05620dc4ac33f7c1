"""What a trainee's own programs may take hold of: not a descriptor of ours, not the kernel's odd corners, not our disk."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from polling import until
from trainer.hub.limits import ControlGroups

from .burglary import COURSE, PAPER, released, token_of
from .conftest import PASSWORD, LiveServer, Person, field_of, needs_root

pytestmark = [needs_root, pytest.mark.xdist_group("live")]


@pytest.fixture(scope="module")
def alice(county: LiveServer) -> Person:
    return county.person("sl001").open_server()


@pytest.fixture(scope="module")
def bob(county: LiveServer) -> Person:
    return county.person("sl002").open_server()


def seen(person: Person, script: str) -> Any:
    """What a script leaves in ``out``."""
    printed = person.run(f"import json\n{script}\nprint('\\nOUT', json.dumps(out))")
    found = re.search(r"^OUT (.*)$", printed, re.MULTILINE)
    assert found, printed
    return json.loads(found[1])


def programs(county: LiveServer, account: str) -> list[int]:
    """All that runs for a person, in our pids."""
    groups = ControlGroups(county.data.runtime.name)
    return groups.processes(county.data.socket_of(account).stem)


def empty(home: Path) -> None:
    subprocess.run(["rm", "-rf", home], check=True)


# -- what is left open -------------------------------------------------------------------------------------------------


def test_no_process_within_has_a_descriptor_of_ours(alice: Person) -> None:
    """Whatever one of the own uid has open can be taken from it: a listening socket would be an own front door."""
    script = """
import os
out = []
for pid in os.listdir('/proc'):
    if pid.isdigit() and int(pid) != os.getpid():
        try:
            out += [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
        except OSError:
            pass
"""
    found = [link for link in seen(alice, script) if not link.startswith(("pipe:", "anon_inode:", "/dev/"))]
    assert [link for link in found if not link.endswith("server-sl001.log")] == []


def test_the_log_of_the_server_is_out_of_reach(county: LiveServer, alice: Person) -> None:
    """Not to be filled, wiped or forged: a kernel has not got it, and opening it by way of /proc is refused."""
    script = """
import os, subprocess
subprocess.run(['sh', '-c', 'echo forged >&2; echo forged >/proc/self/fd/2; echo forged'])
os.write(2, b'forged')
out = []
for pid in os.listdir('/proc'):
    for fd in range(64):
        path = f'/proc/{pid}/fd/{fd}'
        try:
            if os.readlink(path).endswith('.log'):
                out.append(pid == str(os.getpid()))
                open(path, 'a').write('forged')
                out.append('written')
        except OSError:
            pass
"""
    # What has a log open is not the kernel, and opening it was refused; best is that none is to be seen.
    assert set(seen(alice, script)) <= {False}
    log = county.data.logs / "server-sl001.log"
    assert "forged" not in log.read_text()
    assert log.stat().st_size < 1 << 20


def test_no_fork_remembers_a_secret_or_anothers_token(county: LiveServer, alice: Person, bob: Person) -> None:
    """Searched by root, in all of the memory of the fork server and of a server that it made after others."""
    tokens = {"alice": token_of(alice), "bob": token_of(bob)}
    carol = county.person("sl003").open_server()
    keys = {path.name: path.read_text().strip() for path in county.data.secrets.iterdir()}
    receipts = json.loads((county.data.hall / "secrets" / "receipt-key.json").read_text())
    keys |= {name: value for name, value in receipts.items() if "secret" in name or "private" in name}
    own = token_of(carol)
    (server,) = [pid for pid in programs(county, "sl003") if _runs_forkserver(psutil.Process(pid))]
    assert county.process is not None
    children = psutil.Process(county.process.pid).children()
    (fork_server,) = [process.pid for process in children if _runs_forkserver(process)]
    wanted = {**tokens, **keys, "own": own}
    assert _in_memory(server, wanted) == {"own"}
    assert _in_memory(fork_server, wanted) == set()


def _runs_forkserver(process: psutil.Process) -> bool:
    return "trainer.hub.forkserver" in process.cmdline()


def _in_memory(pid: int, wanted: dict[str, str]) -> set[str]:
    found: set[str] = set()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, mode, *_ = line.split()
            if not mode.startswith("rw"):
                continue
            low, high = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(low)
                content = memory.read(high - low)
            except OSError:
                continue
            found |= {name for name, value in wanted.items() if value.encode() in content}
    return found


def test_the_environment_names_nothing_of_the_hubs(county: LiveServer, alice: Person) -> None:
    environment = seen(alice, "import os; out = dict(os.environ)")
    secrets = [path.read_text().strip() for path in county.data.secrets.iterdir()]
    assert not any(secret in value for secret in secrets for value in environment.values())
    assert str(county.data.root) not in json.dumps(environment)
    assert not any(name.startswith(("CONFIGPROXY", "SUDO", "SSH")) for name in environment)


# -- the kernel's odd corners ------------------------------------------------------------------------------------------

_CALLS = """
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode.get(ctypes.get_errno(), str(result))
NEWUSER = 0x10000000
"""


@pytest.mark.skipif(__import__("platform").machine() != "x86_64", reason="numbers of x86-64")
def test_system_calls_beyond_a_course_are_refused(alice: Person) -> None:
    script = f"""{_CALLS}
out = dict(unshare=call(272, NEWUSER), clone=call(56, NEWUSER | 17, 0, 0, 0, 0), clone3=call(435, 0, 0),
    setns=call(308, 0, 0), mount=call(165, 0, 0, 0, 0, 0), fsopen=call(430, 0, 0), open_tree=call(428, 0, 0, 0),
    ptrace=call(101, 0, 0, 0, 0), vm_read=call(310, 1, 0, 0, 0, 0, 0), getfd=call(438, 3, 0, 0),
    keyctl=call(250, 0, -3, 0), add_key=call(248, b'user', b'a', b'b', 1, -3), syslog=call(103, 10, 0, 0),
    io_uring=call(425, 1, 0), bpf=call(321, 0, 0, 0), perf=call(298, 0, 0, -1, -1, 0), fault=call(323, 0),
    handle=call(304, -1, 0, 0), x32=call(0x40000000 + 39), own=call(39))
"""
    found = seen(alice, script)
    assert found.pop("own").isdigit()
    assert found.pop("clone3") == "ENOSYS"
    assert set(found.values()) == {"EPERM"}, found


def test_other_families_of_sockets_do_not_exist(alice: Person) -> None:
    """AF_VSOCK, for one, is in no network namespace: from a virtual machine it reaches the host."""
    script = """
import socket
out = {}
for family in range(50):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
            out[family] = True
        except OSError:
            pass
"""
    assert {int(family) for family in seen(alice, script)} <= {1, 2, 10, 16}


def test_nothing_is_shared_by_which_two_could_pass_notes(alice: Person, bob: Person) -> None:
    leave = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for place in ('/tmp/note', '/dev/shm/note', '/home/sl001/note'):
    open(place, 'w').write('note'); os.chmod(place, 0o777)
out = [libc.shmget(4711, 4096, 0o1666) >= 0, libc.msgget(4711, 0o1666) >= 0, libc.semget(4711, 1, 0o1666) >= 0]
"""
    assert seen(alice, leave) == [True, True, True]
    look = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
out = [os.path.exists(place) for place in ('/tmp/note', '/dev/shm/note', '/home/sl001/note')]
out += [libc.shmget(4711, 0, 0) >= 0, libc.msgget(4711, 0) >= 0, libc.semget(4711, 0, 0) >= 0]
out += [open('/proc/net/unix').read().count('@') > 0]
"""
    assert not any(seen(bob, look))


def test_the_systems_own_settings_cannot_be_written(alice: Person) -> None:
    script = """
import os
out = []
for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', '/proc/sysrq-trigger', '/proc/1/oom_score_adj',
             '/proc/self/uid_map', '/sys', '/sys/fs/cgroup', '/dev/mem', '/dev/kmsg', '/dev/vda', '/dev/fuse', '/dev/kvm'):
    try:
        fd = os.open(path, os.O_WRONLY)
        os.write(fd, b'1')
        out.append(path)
    except OSError:
        pass
out += [line for line in open('/proc/self/mountinfo') if ' / ' not in line and 'nosuid' not in line]
"""
    assert seen(alice, script) == []


def test_a_signal_to_everybody_reaches_only_the_own(county: LiveServer, bob: Person) -> None:
    carol = county.person("sl003").open_server()
    carol.send("POST", "api/kernels", json={"name": "python3"})
    kill = "import os, subprocess; subprocess.Popen(['sh', '-c', 'sleep 0.3; kill -9 -1'], start_new_session=True)"
    carol.run(kill)
    until(lambda: not programs(county, "sl003"), "the server of sl003 has ended")
    assert bob.get("api").status_code == 200
    assert requests.get(f"{county.url}/hub/login").status_code == 200
    carol = county.person("sl003")
    until(lambda: carol.get("/hub/spawn").ok and carol.get("api").status_code == 200, "sl003 is served again")


# -- what is handed in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "/run/trainer/hub.sock", "/proc/self/environ", "/home/sl001/secret", "."]
)
def test_links_in_a_paper_are_not_handed_in(county: LiveServer, alice: Person, target: str) -> None:
    """By the page and by the panel: nothing that a link leads to becomes part of a submission."""
    hall = released(county)
    before = hall.submissions(COURSE, PAPER, "sl001")
    paper = f"/home/sl001/{COURSE}/{PAPER}"
    alice.run(f"import subprocess; subprocess.run(['rm', '-rf', '{paper}'])")
    assert alice.send("POST", "assignments/fetch", json={"course_id": COURSE, "assignment_id": PAPER}).json()[
        "success"
    ]
    alice.run(f"""
import os
open('/home/sl001/secret', 'w').write('secret')
os.remove('{paper}/{PAPER}.ipynb')
os.symlink('{target}', '{paper}/{PAPER}.ipynb')
os.symlink('/etc', '{paper}/etc')
""")
    asked = {"course_id": COURSE, "assignment_id": PAPER}
    assert not alice.send("POST", "assignments/submit", json=asked).json()["success"]
    assert alice.send("POST", f"trainer/submit/{COURSE}/{PAPER}").status_code in (400, 403, 404, 409, 422)
    assert hall.submissions(COURSE, PAPER, "sl001") == before


# -- the doors that are there ------------------------------------------------------------------------------------------

_DOOR = """
import http.client, json, os, socket, subprocess, sys, time
class Door(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect('/run/trainer/hub.sock')
def ask(method, path, body=None, **headers):
    door = Door('localhost')
    door.request(method, path, body, headers)
    answer = door.getresponse()
    return [answer.status, answer.read().decode(errors='replace')[:300]]
token = {'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}
"""


def test_from_within_the_hub_shows_its_api_and_no_login_form(alice: Person) -> None:
    """There the address that a login comes from could be made up, and others' addresses locked out."""
    script = f"""{_DOOR}
form = 'username=sl002&password=falsch'
claim = {{'X-Forwarded-For': '192.0.2.1', 'Content-Type': 'application/x-www-form-urlencoded'}}
out = [ask(*what)[0] for what in (('GET', '/hub/login'), ('GET', '//hub/login'), ('GET', '/hub/api/../login'),
    ('GET', 'http://x/hub/login'), ('GET', '/hub/home'), ('GET', '/hub/apix'), ('GET', '/'))]
out.append(ask('POST', '/hub/login', form, **claim)[0])
out.append(ask('GET', '/hub/api/user', None, **token)[0])
"""
    assert seen(alice, script) == [404] * 8 + [200]


def test_connections_and_requests_from_within_are_bounded(
    county: LiveServer, alice: Person, bob: Person
) -> None:
    script = f"""{_DOOR}
doors = []
for _ in range(200):
    door = Door('localhost')
    try:
        door.connect()
        door.request('GET', '/hub/api/')
        doors.append(door.getresponse().status)
        kept = globals().setdefault('kept', []); kept.append(door)
    except OSError:
        pass
out = [len(doors)]
for door in kept:
    door.close()
"""
    assert seen(alice, script)[0] <= 32
    asked = f"""{_DOOR}
def many(seconds):
    end, got = time.monotonic() + seconds, []
    while time.monotonic() < end and 429 not in got:
        try:
            got.append(ask('GET', '/hub/api/user', None, **token)[0])
        except OSError:
            time.sleep(0.1)
    return got
out = sorted(set(many(30)))
"""
    assert seen(alice, asked) == [200, 429]
    assert bob.get("assignments").json()["success"]


@pytest.mark.parametrize("door", ["hub.sock", "hall/hall.sock"])
def test_a_flood_at_a_door_does_not_keep_others_out(
    county: LiveServer, alice: Person, bob: Person, door: str
) -> None:
    """Four programs that connect and hang up as fast as they can, while others log in and look at their papers."""
    flood = (
        "import socket, time\n"
        "end = time.time() + 60\n"
        "while time.time() < end:\n"
        "    s = socket.socket(socket.AF_UNIX); s.setblocking(False)\n"
        f"    s.connect_ex('/run/trainer/{door}'); s.close()\n"
    )
    start = f"import subprocess; ps = [subprocess.Popen(['python3', '-c', {flood!r}], start_new_session=True) for _ in range(4)]; print(len(ps))"
    assert alice.run(start).strip() == "4"
    try:
        for _ in range(8):
            visitor = requests.Session()
            page = visitor.get(f"{county.url}/hub/login")
            form = {"username": "sl004", "password": PASSWORD, "_xsrf": field_of(page, "_xsrf")}
            assert (
                visitor.post(f"{county.url}/hub/login", data=form, allow_redirects=False).status_code == 302
            )
            assert bob.get("assignments").json()["success"]
    finally:
        alice.run("import subprocess; subprocess.run(['pkill', '-f', 'connect_ex'])")


def test_an_endless_request_from_within_is_cut_off(alice: Person) -> None:
    script = f"""{_DOOR}
out = []
for path, socket_path in (('/hub/api/users/sl001/activity', 'hub.sock'), ('/services/hall/api/v1/receipts/verify', 'hall/hall.sock')):
    s = socket.socket(socket.AF_UNIX); s.settimeout(30); s.connect('/run/trainer/' + socket_path)
    head = f'POST {{path}} HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\nAuthorization: {{token["Authorization"]}}\\r\\n\\r\\n'
    sent = 0
    try:
        s.sendall(head.encode())
        while sent < 64 << 20:
            s.sendall(b'10000\\r\\n' + bytes(65536) + b'\\r\\n')
            sent += 65536
    except OSError:
        pass
    out.append(sent)
"""
    assert all(sent < 8 << 20 for sent in seen(alice, script))


# -- the disk ----------------------------------------------------------------------------------------------------------

_EATERS = {
    "files": "i = 0\nwhile True:\n open(f'/home/{me}/f{i}', 'wb').write(bytes(60 << 20)); i += 1",
    "unlinked": (
        "import os\nkeep = []\nwhile True:\n f = open('/home/{me}/u', 'wb'); os.remove('/home/{me}/u')\n"
        " f.write(bytes(60 << 20)); f.flush(); keep.append(f)"
    ),
    "empty": (
        "import os\ni = 0\nwhile True:\n d = f'/home/{me}/d{i // 1000}'; os.makedirs(d, exist_ok=True)\n"
        " open(f'{d}/{i}', 'w').close(); i += 1"
    ),
}


@pytest.fixture
def eaters(county: LiveServer) -> Iterator[dict[str, Person]]:
    people = {way: county.person(f"sl{n:03}").open_server() for n, way in enumerate(_EATERS, 6)}
    yield people
    for person in people.values():
        empty(county.data.homes / person.account)


def test_who_fills_the_disk_is_stopped_within_seconds(
    county: LiveServer, eaters: dict[str, Person], bob: Person
) -> None:
    """By files, by files without a name, by files without content. The rest of the disk is everybody's."""
    for way, person in eaters.items():
        code = _EATERS[way].replace("{me}", person.account).replace("'", '"')
        person.run(
            f"import subprocess; subprocess.Popen(['python3', '-c', '''{code}'''], start_new_session=True)"
        )
        account = person.account
        until(lambda account=account: not programs(county, account), f"{account} was stopped ({way})", 20)
        used = sum(path.lstat().st_blocks * 512 for path in (county.data.homes / person.account).rglob("*"))
        assert used < 6 << 30
    assert bob.get("api").status_code == 200
    page = eaters["files"].get("/hub/spawn")
    page.encoding = "utf-8"
    assert page.status_code == 507
    assert "文件夹放满了" in page.text


def test_folders_without_end_are_stopped_too(county: LiveServer) -> None:
    """Deeper than programs can walk: whoever counts or backs up homes must not stumble."""
    person = county.person("sl009").open_server()
    person.run("import os\nfor _ in range(2000):\n os.mkdir('d'); os.chdir('d')")
    home = county.data.homes / person.account
    assert person.session.delete(
        f"{county.url}/hub/api/users/sl009/server",
        headers={"X-XSRFToken": person.session.cookies.get("_xsrf", path="/hub/") or ""},
    ).status_code in (202, 204)
    until(lambda: not list(county.data.servers.glob(county.data.socket_of("sl009").name)), "it has stopped")
    assert person.get("/hub/spawn").status_code == 507
    empty(home)
