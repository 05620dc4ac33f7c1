import pytest, shutil
from playwright.sync_api import expect
pytestmark = pytest.mark.browser
def test_a(sat, cadre_lab, visit):
    name=sat.form.assignment
    (cadre_lab.root/name).mkdir()
    shutil.copyfile(sat.released, cadre_lab.root/name/f"{name}.ipynb")
    v=visit(cadre_lab.url(f"/lab/tree/{name}/{name}.ipynb"))
    p=v.page
    p.locator(".jp-Notebook .jp-MarkdownCell").first.wait_for()
    p.locator(".jp-RenderedMarkdown", has_text="在这里写答案").first.wait_for()
    p.screenshot(path="/tmp/bt/lab.png")
    print(p.locator(".jp-Notebook .jp-Cell").count(), len(__import__('json').loads(sat.released.read_text())["cells"]))
    print([c[:150] for c in v.complaints], [r for r in v.requests if '127.0.0.1' not in r])
    print(p.locator(".jp-Notebook .jp-Cell").nth(2).evaluate("e=>e.outerHTML")[:1500])
def test_b(sat, course_lab, visit):
    v=visit(course_lab.url("/formgrader")); p=v.page
    p.wait_for_load_state("networkidle")
    p.screenshot(path="/tmp/bt/fg.png")
    print(p.url, [c[:150] for c in v.complaints], [r for r in v.requests if '127.0.0.1' not in r])
    p.goto(f"http://127.0.0.1:{course_lab.port}/formgrader/gradebook/{sat.form.assignment}/{sat.form.assignment}")
    p.wait_for_load_state("networkidle"); p.screenshot(path="/tmp/bt/fg2.png"); print(p.url)
    print([ (a.inner_text(),a.get_attribute("href")) for a in p.locator("table a").all()])
def test_c(feedback_pages, board_page, visit):
    for w in (360,1280):
        visit(board_page.as_uri(), w).page.screenshot(path=f"/tmp/bt/board{w}.png", full_page=True)
        for a in ("zhao01","qian02"):
            visit(feedback_pages(a).as_uri(), w).page.screenshot(path=f"/tmp/bt/fb-{a}-{w}.png", full_page=True)
