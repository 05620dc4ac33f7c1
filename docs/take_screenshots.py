"""Pictures of every page, for docs/explanation/pages.md: a round of the made-up county on a server of its own (as root).

python docs/take_screenshots.py [folder]
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from picturing import (
    COURSE,
    PHONE,
    REPOSITORY,
    SEED,
    WIDE,
    Camera,
    Screens,
    all_sit,
    demo_server,
    made_up_answers,
    picture_of_slips,
)
from picturing_answers import Answering, Learning, publish, release_paper
from playwright.sync_api import Browser, Page, expect
from tests.live.conftest import LiveServer

from browsing import choose_password, chromium, context_of, log_in, slip_passwords, wait_for_job
from trainer.model.paper import Form
from trainer.model.points import Hundredths
from trainer.nbgrader.course import Course
from trainer.papers.files import paper_path, read_paper
from trainer.simulation.county import made_up_roster
from trainer.simulation.marker import fill_mark_sheet
from trainer.workflow.leaderboard import read_allocation

PASSWORD = "lianxi-2026-mima"  # noqa: S105 - of made-up people on a throw-away server
TRAINEE, DILIGENT = "sl020", "sl001"
WORKING, ABSENT = ("sl033", "sl034"), ("sl035", "sl036")


class Walk:
    """One walk through a round. Each method takes the pictures of one part of it."""

    def __init__(self, server: LiveServer, browser: Browser, camera: Camera) -> None:
        self.server, self.browser, self.camera = server, browser, camera
        self.site, self.console = server.url, f"{server.url}/services/console"
        self.slips = slip_passwords(server.data.root / "学员密码条.docx")
        self.essays: dict[tuple[str, str], tuple[Hundredths, str]] = {}

    def all(self) -> None:
        """In the order of a round. Those who sit without a browser have been here before, and have own passwords."""
        roster, _ = made_up_roster(36, SEED)
        others = [t.account for t in roster if t.account not in (TRAINEE, *ABSENT)]
        self.server.set_password(*others, password=PASSWORD)
        self.before_the_login()
        teacher = self.instructor_arrives()
        trainee = self.trainee_arrives(teacher)
        self.trainee_learns(trainee)
        self.trainee_answers(trainee)
        self.trainee_submits(trainee)
        self.others_sit()
        self.instructor_watches(teacher)
        self.instructor_grades(teacher)
        self.others_get_feedback()
        self.instructors_lab(teacher)
        self.what_goes_wrong(trainee)
        picture_of_slips(self.server.data.root / "学员密码条.docx", self.camera)

    # -- the pages of everybody -----------------------------------------------------------------------------------------

    def before_the_login(self) -> None:
        for size, scale in ((WIDE, 1), (PHONE, 2)):
            page = context_of(self.browser, *size, device_scale_factor=scale).new_page()
            page.goto(f"{self.site}/hub/login")
            self.camera.shoot(page, "login")
            log_in(page, self.site, TRAINEE, "bu-dui-de-mima")
            expect(page.get_by_role("alert")).to_be_visible()
            self.camera.shoot(page, "login-wrong")
            page.context.close()

    def what_goes_wrong(self, trainee: Screens) -> None:
        trainee.both(self.camera, f"{self.console}/", "error-403")
        trainee.both(self.camera, f"{self.site}/hub/mei-you", "error-404")
        trainee.both(self.camera, f"{self.site}/hub/home", "home")
        page = trainee.wide
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{self.site}/hub/home")
        page.get_by_text("学习空间打不开、没有反应？").click()
        page.get_by_role("button", name="停掉学习空间").click()
        expect(page.get_by_role("link", name="进入学习空间")).to_be_visible()
        for screen in (trainee.wide, trainee.phone):
            screen.goto(f"{self.site}/user/{TRAINEE}/trainer/", wait_until="commit")
            expect(screen.get_by_role("heading", name="学习空间没有在运行")).to_be_visible()
            self.camera.shoot(screen, "error-stopped")

    # -- the trainee ----------------------------------------------------------------------------------------------------

    def trainee_arrives(self, teacher: Screens) -> Screens:
        """Comes before anything is there, a day early, and again when the paper is open."""
        context = context_of(self.browser, *WIDE)
        page = context.new_page()
        log_in(page, self.site, TRAINEE, self.slips[TRAINEE])
        expect(page.get_by_role("heading", name="设置自己的密码")).to_be_visible()
        self.camera.shoot(page, "change-password")
        phone = Screens.of(self.browser, context).phone
        phone.goto(page.url)
        self.camera.shoot(phone, "change-password")
        phone.context.close()
        choose_password(page, PASSWORD)
        expect(page.get_by_role("heading", name="学习大厅")).to_be_visible()
        trainee = Screens.of(self.browser, context)
        trainee.both(self.camera, f"{self.own}/", "hall-empty")
        day = timedelta(days=1)
        self.release(teacher, opens=datetime.now().astimezone() + day)
        trainee.both(self.camera, f"{self.own}/", "hall-not-open")
        paper = f"{COURSE}/{self.form(TRAINEE).assignment}"
        trainee.both(self.camera, f"{self.own}/paper/{paper}", "paper-not-open")
        trainee.both(self.camera, f"{self.own}/open/{paper}", "error-not-open")
        self.release(teacher, opens=datetime.now().astimezone() - day)
        return trainee

    @property
    def own(self) -> str:
        return f"{self.site}/user/{TRAINEE}/trainer"

    def trainee_learns(self, trainee: Screens) -> None:
        Learning(self.own, self.camera, trainee, publish(self.server)).all()

    def trainee_answers(self, trainee: Screens) -> None:
        release_paper(self.server)
        Answering(self.server, self.own, self.camera, trainee).all()
        trainee.both(self.camera, f"{self.own}/", "hall", whole=2400)

    def trainee_submits(self, trainee: Screens) -> None:
        """The form without a program, which code papers and very old browsers use, and the receipt that can be checked."""
        assignment = self.form(TRAINEE).assignment
        trainee.wide.goto(f"{self.own}/open/{COURSE}/{assignment}?face=page")
        expect(trainee.wide.locator(".sheet-submit")).to_be_visible()
        trainee.both(self.camera, f"{self.own}/submit/{COURSE}/{assignment}", "submit")
        trainee.wide.get_by_role("button", name="确定交卷").click()
        expect(trainee.wide.get_by_role("heading", name="已经收到您的答卷")).to_be_visible()
        trainee.both(self.camera, trainee.wide.url, "receipt")
        receipt = trainee.wide.locator("pre").inner_text()
        for page in (trainee.wide, trainee.phone):
            page.goto(f"{self.site}/services/hall/receipts")
            page.get_by_label("回执内容").fill(receipt)
            page.get_by_role("button", name="核对").click()
            expect(page.get_by_role("status")).to_be_visible()
            self.camera.shoot(page, "verify")

    def others_get_feedback(self) -> None:
        context = context_of(self.browser, *WIDE)
        log_in(context.new_page(), self.site, DILIGENT, PASSWORD)
        expect(context.pages[0].get_by_role("heading", name="学习大厅")).to_be_visible()
        screens = Screens.of(self.browser, context)
        for page in (screens.wide, screens.phone):
            page.goto(f"{self.site}/user/{DILIGENT}/trainer/#marks")
            self.camera.shoot(page, "hall-marks")
            page.get_by_role("link", name="看每题的对错和依据").first.click()
            page.wait_for_url("**/trainer/feedback/**")
            self.camera.shoot(page, "trainee-feedback")

    def others_sit(self) -> None:
        """Over the real pages too, but without a browser."""
        roster, abilities = made_up_roster(36, SEED)
        others = [t.account for t in roster if t.account not in (TRAINEE, *ABSENT)]
        plan = []
        for account in others:
            form = self.form(account)
            typed, essays = made_up_answers(form, account, abilities[account])
            self.essays |= {(account, cell): (one.points, one.comment) for cell, one in essays.items()}
            plan.append((account, form.assignment, typed, account not in WORKING))
        all_sit(self.server, plan)

    def form(self, account: str) -> Form:
        """The form that is allotted to somebody."""
        course = Course(self.server.data.courses / COURSE)
        paper = read_paper(paper_path(course.root, COURSE))
        form = paper.form_for(read_allocation(course, paper)[account])
        assert form is not None
        return form

    # -- the instructor ---------------------------------------------------------------------------------------------------

    def instructor_arrives(self) -> Screens:
        context = context_of(self.browser, *WIDE)
        page = context.new_page()
        printed = re.search(r"账号 jiaoyuan　一次性密码 (\S+)", self.server.said)
        assert printed
        log_in(page, self.site, "jiaoyuan", printed[1])
        choose_password(page, PASSWORD)
        expect(page.get_by_role("heading", name="总览")).to_be_visible()
        teacher = Screens.of(self.browser, context)
        teacher.both(self.camera, f"{self.console}/make", "console-make")
        self.press(page, "分卷")
        teacher.both(self.camera, f"{self.console}/papers/{COURSE}", "console-release", whole=1100)
        return teacher

    def press(self, page: Page, verb: str) -> None:
        """A verb of the paper's page, and wait until it is done."""
        page.goto(f"{self.console}/papers/{COURSE}")
        page.get_by_role("button", name=verb, exact=True).click()
        wait_for_job(page)

    def release(self, teacher: Screens, opens: datetime) -> None:
        page = teacher.wide
        page.goto(f"{self.console}/papers/{COURSE}")
        changing = page.get_by_text("改时间和规则")
        if changing.is_visible():
            changing.click()
        page.get_by_label("开始时间").fill(f"{opens:%Y-%m-%dT%H:%M}")
        page.get_by_role("button", name="发布", exact=True).click()
        wait_for_job(page)

    def instructor_watches(self, teacher: Screens) -> None:
        teacher.both(self.camera, f"{self.console}/papers/{COURSE}/progress", "console-progress")
        teacher.both(self.camera, f"{self.console}/", "console-overview")
        teacher.both(self.camera, f"{self.console}/roster", "console-roster")
        teacher.both(self.camera, f"{self.console}/accounts", "console-accounts")

    def instructor_grades(self, teacher: Screens) -> None:
        page = teacher.wide
        self.press(page, "收卷")
        self.press(page, "阅卷")
        teacher.both(self.camera, page.url, "console-grade")
        page.goto(f"{self.console}/papers/{COURSE}/essays")
        given = page.locator("input.score[placeholder]:not([placeholder=''])")
        expect(given.first).to_be_attached()  # formgrader asks for the scores after it has shown the answers
        page.locator("input.score").last.scroll_into_view_if_needed()
        self.camera.shoot(page, "console-essays")
        self.mark_essays(page)
        self.press(page, "出榜")
        teacher.both(self.camera, f"{self.console}/boards/{COURSE}", "console-board")
        page.once("dialog", lambda dialog: dialog.accept())
        self.press(page, "生成反馈")
        teacher.both(self.camera, f"{self.console}/papers/{COURSE}", "console-paper", whole=2600)
        teacher.both(self.camera, f"{self.console}/jobs", "console-jobs")

    def mark_essays(self, page: Page) -> None:
        """With the mark sheet, as made-up markers fill it in."""
        page.goto(f"{self.console}/papers/{COURSE}")
        page.get_by_text("用 Excel 评分表评").click()
        page.get_by_role("button", name="导出评分表").click()
        wait_for_job(page)
        with page.expect_download() as download, tempfile.TemporaryDirectory() as folder:
            page.get_by_role("link", name=re.compile("^下载")).click()
            sheet = Path(folder, "评分表.xlsx")
            download.value.save_as(sheet)
            fill_mark_sheet(sheet, self.essays)
            page.goto(f"{self.console}/papers/{COURSE}")
            page.get_by_text("用 Excel 评分表评").click()
            page.get_by_label("填好的评分表").set_input_files(sheet)
            page.get_by_role("button", name="导入评分表").click()
            wait_for_job(page)

    def instructors_lab(self, teacher: Screens) -> None:
        page = teacher.wide
        page.set_viewport_size({"width": WIDE[0], "height": 1000})
        page.goto(f"{self.site}/user/jiaoyuan/lab")
        expect(page.locator(".jp-Launcher")).to_be_visible()
        self.camera.shoot(page, "lab")
        page.get_by_text("Nbgrader", exact=True).click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Formgrader", exact=True).click()
        expect(page.frame_locator("iframe").get_by_role("link", name="leitai-b").first).to_be_visible()
        self.camera.shoot(page, "formgrader")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(folder)
    with demo_server() as server, tempfile.TemporaryDirectory() as home, chromium(Path(home)) as browser:
        Walk(server, browser, camera).all()
    print(f"共 {len(camera.taken)} 张，在 {folder}。图中的人、单位和成绩全部是虚构的。")


if __name__ == "__main__":
    main()
