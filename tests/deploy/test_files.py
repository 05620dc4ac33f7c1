"""The files in deploy/ are accepted by the programs that read them, where those are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = ("trainer.service", "trainer-backup.service", "trainer-backup.timer")


def need(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"没有装 {program}")
    return found


def run(*command: str | Path) -> str:
    done = subprocess.run(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_systemd_understands_every_line(repository: Path, tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    for name in UNITS:
        text = (repository / "deploy" / "systemd" / name).read_text()
        text = text.replace("/opt/trainer/.venv/bin/trainer", f"{Path(sys.executable).parent}/trainer")
        (tmp_path / name).write_text(text)
    for name in UNITS:
        said = run(analyze, "verify", "--man=no", tmp_path / name)
        assert [line for line in said.splitlines() if "trainer" in line] == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    names = ("-keyout", tmp_path / "trainer.key", "-out", tmp_path / "trainer.crt")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run(need("openssl"), "req", "-x509", *curve, *names, "-subj", "/CN=ks.example.cn")
    return tmp_path


def test_nginx_accepts_its_file(repository: Path, certificate: Path) -> None:
    nginx = need("nginx")
    text = (repository / "deploy" / "tls" / "nginx.conf").read_text()
    text = text.replace("/etc/ssl/trainer", str(certificate))
    for port in ("80", "443"):  # a test may not be allowed those, and others may have them
        text = text.replace(f"listen {port}", f"listen 127.0.0.1:1{port}").replace(
            f"[::]:{port}", f"[::1]:1{port}"
        )
    (certificate / "site.conf").write_text(text)
    own = "".join(
        f"{what}_temp_path {certificate};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (certificate / "nginx.conf").write_text(
        f"pid {certificate}/pid; error_log stderr;"
        f" events {{}} http {{ {own} access_log off; include {certificate}/site.conf; }}"
    )
    assert "successful" in run(nginx, "-t", "-e", "stderr", "-c", certificate / "nginx.conf")


def test_caddy_accepts_its_file(repository: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caddy = need("caddy")
    monkeypatch.setenv("XDG_DATA_HOME", str(certificate))
    file = certificate / "Caddyfile"
    text = (repository / "deploy" / "tls" / "Caddyfile").read_text()
    file.write_text(text.replace("/etc/ssl/trainer", str(certificate)))
    assert "Valid configuration" in run(caddy, "validate", "--config", file, "--adapter", "caddyfile")


def test_what_the_units_run_is_a_command_of_ours(repository: Path) -> None:
    from trainer.apps.main import MainApp

    for name in UNITS[:2]:
        text = (repository / "deploy" / "systemd" / name).read_text()
        [line] = [line for line in text.splitlines() if line.startswith("ExecStart=")]
        words = line.split()
        assert words[0].endswith("/trainer")
        assert words[1] in MainApp().subcommands
