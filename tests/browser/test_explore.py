import pytest, shutil
from playwright.sync_api import expect
pytestmark = pytest.mark.browser
def test_b(sat, course_lab, visit):
    v=visit(course_lab.url("/formgrader/gradebook/kaohe/kaohe")); p=v.page
    p.wait_for_load_state("networkidle"); p.screenshot(path="/tmp/bt/x.png"); print(p.locator("table").first.inner_html()[:1500], v.complaints)
    p.get_by_role("link", name="Submission #1").wait_for()
    p.screenshot(path="/tmp/bt/fg2.png")
    p.get_by_role("link", name="Submission #1").click()
    p.wait_for_load_state("networkidle")
    p.screenshot(path="/tmp/bt/fg3.png", full_page=True); print(p.url)
    print([c[:150] for c in v.complaints], [r for r in v.requests if '127.0.0.1' not in r])
    print([e.evaluate("e=>e.outerHTML")[:300] for e in p.locator("input").all()][:4])
    print([e.evaluate("e=>e.outerHTML")[:300] for e in p.locator("textarea").all()][:4])
    print([e.evaluate("e=>e.outerHTML")[:300] for e in p.locator(".score, .comment, .nbgrader_cell").all()][:6])
    p2=visit(course_lab.url("/lab")).page
    p2.get_by_text("Nbgrader", exact=True).click()
    p2.get_by_role("menuitem", name="Formgrader").click()
    p2.frame_locator("iframe").get_by_text("kaohe").first.wait_for()
    p2.screenshot(path="/tmp/bt/fg4.png")
    p3=visit(course_lab.url("/formgrader/manage_students")).page
    p3.get_by_text("赵甲子").first.wait_for()
    print(p3.title()); p3.screenshot(path="/tmp/bt/fg5.png")
    p3=visit(course_lab.url("/formgrader/gradebook/kaohe/kaohe")).page
    p3.get_by_text("Show All Names").click(); print(p3.title()); p3.screenshot(path="/tmp/bt/fg6.png")
