"""A real Chromium, and what a person does in it. Nothing here waits for time to pass: each step waits for what it leads to."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docx
import zhplot
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

PATIENCE = 90_000


def only_our_fonts(place: Path, *others: str) -> Path:
    """A fontconfig file with the fonts that zhplot brings and those of the folders ``others``: the same on any machine."""
    folders = "".join(f"<dir>{folder}</dir>" for folder in (Path(zhplot.__file__).parent / "fonts", *others))
    file = place / "fonts.conf"
    file.write_text(f"<fontconfig>{folders}<cachedir>{place}</cachedir></fontconfig>")
    return file


@contextmanager
def chromium(place: Path, *fonts: str) -> Iterator[Browser]:
    """Debian's Chromium with its home in ``place``, in Chinese where its package chromium-l10n is installed.

    Playwright keeps an event loop running while it is open: what starts one of its own has to come before or after.
    ``fonts`` are folders of fonts besides our own.
    """
    program = shutil.which("chromium")
    assert program is not None, (
        "chromium is not installed; `make test` installs it (apt-get install chromium)"
    )
    expect.set_options(timeout=PATIENCE)  # a server may have to start first
    quiet = ("background-networking", "component-update", "sync", "gpu")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--headless", "--no-sandbox", "--lang=zh-CN", *(f"--disable-{name}" for name in quiet)],
            env=os.environ
            | {
                "FONTCONFIG_FILE": str(only_our_fonts(place, *fonts)),
                "HOME": str(place),
                "LANGUAGE": "zh_CN",
            },
        )
        yield browser
        browser.close()


def context_of(browser: Browser, width: int = 1280, height: int = 800, **options: Any) -> BrowserContext:
    """Somebody's own cookies, on a screen of this size in CSS pixels; below 600 pixels it is a phone with a touch screen."""
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        has_touch=phone,
        is_mobile=phone,
        **options,
    )
    context.set_default_timeout(PATIENCE)
    return context


def slip_passwords(sheet: Path) -> dict[str, str]:
    """The one-time passwords by account, as they are read off the printed slips."""
    found: dict[str, str] = {}
    for row in docx.Document(str(sheet)).tables[0].rows:
        for cell in row.cells:
            account = re.search(r"账　　号　(\S+)", cell.text)
            password = re.search(r"一次性密码　(\S+)", cell.text)
            if account and password:
                found[account[1]] = password[1]
    return found


def log_in(page: Page, site: str, account: str, password: str) -> None:
    """Fill in and send the login form; what comes then depends on the account."""
    page.goto(f"{site}/hub/login")
    page.get_by_label("账号").fill(account)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def logged_in(context: BrowserContext, site: str, account: str, password: str) -> BrowserContext:
    """Somebody's browser after the login, their own server running."""
    page = context.new_page()
    log_in(page, site, account, password)
    page.wait_for_url(f"**/user/{account}/**")
    page.close()
    return context


def choose_password(page: Page, password: str) -> None:
    """The page that a one-time password leads to, and nowhere else."""
    expect(page.get_by_role("heading", name="设置自己的密码")).to_be_visible()
    page.get_by_label("新密码", exact=True).fill(password)
    page.get_by_label("再输一遍新密码").fill(password)
    page.get_by_role("button", name="保存新密码").click()


def wait_for_job(page: Page) -> None:
    """A verb of the instructors' page, until it is done."""
    page.wait_for_url("**/jobs/**")
    expect(page.locator("h1")).to_contain_text("做完了")
