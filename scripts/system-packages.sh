#!/bin/sh
# System packages that the tests need: a real browser. On Debian-like systems as root or through sudo; elsewhere it
# says what to install.
set -eu

if command -v chromium >/dev/null 2>&1; then exit 0; fi

fail() {
  printf '测试要用浏览器 chromium，没能自动安装：%s\n请安装后再运行 make test，例如：sudo apt-get install chromium\n' "$1" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 || fail '这个系统没有 apt-get'
if [ "$(id -u)" = 0 ]; then root=''; elif command -v sudo >/dev/null 2>&1; then root=sudo; else
  fail '当前用户不是 root，也没有 sudo'
fi
printf '正在安装系统软件包 chromium……\n'
log=$(mktemp)
if ! { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  rm -f "$log"
  fail 'apt-get 报错（见上）'
fi
rm -f "$log"
