# What a person types. `make demo` and `make test` do all their set-up; nothing has to be installed or activated first.
# Nothing is written outside this folder but package caches and, for the tests, system packages.

SHELL := /bin/sh
HERE := $(CURDIR)
BIN := $(HERE)/.venv/bin
LOCAL := $(HERE)/.local

export PATH := $(BIN):$(PATH)
# The homes of Jupyter, IPython and matplotlib, kept in this folder.
export JUPYTER_CONFIG_DIR := $(LOCAL)/jupyter/config
export JUPYTER_DATA_DIR := $(LOCAL)/jupyter/data
export JUPYTER_RUNTIME_DIR := $(LOCAL)/jupyter/runtime
export IPYTHONDIR := $(LOCAL)/ipython
export MPLCONFIGDIR := $(LOCAL)/matplotlib
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help setup demo hub test lint format bench docs images labextension lock clean

help:
	@printf '%s\n' 'make demo    把一场虚构的比赛从题库到榜单跑一遍' \
	  'make hub     启动整台服务器（示例县），按 Ctrl-C 结束' \
	  'make test    安装测试要用的东西并运行全部测试' \
	  'make lint    检查代码：ruff、mypy、分层约定' \
	  'make bench   测速，和原版 nbgrader 对照' \
	  'make docs    重新生成文档里由程序产生的部分' \
	  'make images  重新拍摄文档里的页面图（用 root 运行）' \
	  'make labextension  重新构建作答界面（要 node 20 以上；只写 Python 的人用不着）' \
	  'make lock    重新锁定依赖版本（升级依赖时用）' \
	  'make clean   删除环境和生成的文件'

setup:
	@scripts/setup.sh
	@mkdir -p "$(LOCAL)/tmp"

demo: setup
	@TMPDIR="$(LOCAL)/tmp" $(BIN)/trainer demo

hub: setup
	@scripts/system-packages.sh hub
	@TMPDIR="$(LOCAL)/tmp" exec $(BIN)/trainer serve --demo --attached --data="$(HERE)/data"

test: setup
	@scripts/system-packages.sh test
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --basetemp "$(LOCAL)/pytest"

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup
	@for file in benchmarks/*.py; do $(BIN)/python "$$file" || exit 1; done

docs: setup
	@$(BIN)/python docs/generate_reference.py
	@$(BIN)/trainer bank schema

images: setup
	@scripts/system-packages.sh test
	@PYTHONPATH="$(HERE):$(HERE)/tests/support" $(BIN)/python docs/take_screenshots.py

# Needs node 20 or later. The result is committed, so that nobody else does. (npm ci refuses a lock made where not all
# platforms of a package are on offer.)
labextension:
	@cd labextension && npm install --no-save && npm run build && npm test

# Needs uv (pip install uv). The lock names no index and no host, only versions and hashes.
lock:
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade -o requirements.lock

clean:
	@rm -rf .venv .local demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
