#!/bin/sh
# Make the virtual environment .venv with exactly the packages of requirements.lock, or leave it alone when it is
# up to date. Safe to run again, also after an interruption: the stamp is written last.
set -eu
umask 022 # the servers of other users run from this environment
exec 3>&1 # what a person should see, also from a function whose own output is thrown away
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf '安装没有完成：%s\n' "$*" >&2; exit 1; }

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; }

# When root sets up, the servers of other users run from this environment: an interpreter in a closed home (as pyenv's
# in /root) would lock them out, so one that everybody can run comes first.
for_everybody() {
  # env between them: setpriv itself still has root's rights when it starts a program.
  [ "$(id -u)" != 0 ] || setpriv --reuid=65534 --regid=65534 --clear-groups env "$1" -c '' >/dev/null 2>&1
}

real_python() { "$1" -c 'import os, sys; print(os.path.realpath(sys.executable))'; }

find_python() {
  first=
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    command -v "$name" >/dev/null 2>&1 && supported "$name" || continue
    found=$(command -v "$name")
    if [ "$name" = "${PYTHON:-}" ] || for_everybody "$(real_python "$found")"; then echo "$found"; return; fi
    first=${first:-$found}
  done
  [ -n "$first" ] && echo "$first"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

# Debian cuts venv out of Python; the package that brings it back is named after the version.
install_venv_module() {
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  command -v apt-get >/dev/null 2>&1 || return 1
  printf "%s\n" "正在安装系统软件包 python$version-venv……" >&3
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv"
}

make_venv() {
  rm -rf .venv
  "$1" -m venv .venv >/dev/null 2>&1 && return
  rm -rf .venv
  install_venv_module "$1" >/dev/null 2>&1 || true
  "$1" -m venv .venv || fail "Python 缺少 venv 模块。Debian/Ubuntu 请先运行：sudo apt-get install python3-venv"
}

python=$(find_python) || fail "没有找到 Python 3.11、3.12 或 3.13。请先安装，或用 PYTHON=路径 指定。"
want=$(cat requirements.lock pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1)
stamp=.venv/installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

say "正在准备运行环境（第一次大约需要两三分钟）……"
if ! { [ -x .venv/bin/python ] && supported .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
  make_venv "$python"
fi
unset PYTHONDONTWRITEBYTECODE   # without compiled files every later command would compile every library again
log=.venv/install.log
if ! { .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes \
         --only-binary :all: -r requirements.lock &&
       .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation -e . &&
       .venv/bin/python -m compileall -q .venv/lib src; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  fail "依赖包没有装好（详细记录在 $log）。请检查网络后再运行一次；已经下载的不会重复下载。"
fi
printf '%s\n' "$want" >"$stamp"
say "运行环境已就绪。"
