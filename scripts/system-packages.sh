#!/bin/sh
# System packages, by purpose. `hub`: bubblewrap, which makes the walls between people (for root; others only try out).
# `test`: that, a real browser with a library that the program which drives it is linked against and minimal systems lack,
# and PostgreSQL. On Debian-like systems as root or through sudo; elsewhere it says what to install.
set -eu

purpose=${1:?hub or test}
missing=''
if [ "$purpose" = test ] || [ "$(id -u)" = 0 ]; then
  PATH="$PATH:/usr/bin" command -v bwrap >/dev/null 2>&1 || missing='bubblewrap'
fi
if [ "$purpose" = test ]; then
  command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
  PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || missing="$missing libatomic1"
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
fi
missing=${missing# }
[ -n "$missing" ] || exit 0

fail() {
  printf '还缺系统软件包 %s，没能自动安装：%s\n请安装后再运行 make %s，例如：sudo apt-get install %s\n' \
    "$missing" "$1" "$purpose" "$missing" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 || fail '这个系统没有 apt-get'
if [ "$(id -u)" = 0 ]; then root=''; elif command -v sudo >/dev/null 2>&1; then root=sudo; else
  fail '当前用户不是 root，也没有 sudo'
fi
printf '正在安装系统软件包 %s……\n' "$missing"
log=$(mktemp)
# shellcheck disable=SC2086 # the names are separate words
if ! { $root apt-get update -qq &&
       $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  rm -f "$log"
  fail 'apt-get 报错（见上）'
fi
rm -f "$log"
