// What the console's pages do by themselves; without it everything still works. Nothing newer than Chrome 90.
"use strict";

(function () {
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const EVERY_JOB = 700;
  const EVERY_PROGRESS = 4000;
  const WORDS = { absent: "未领卷", working: "作答中", submitted: "已交卷", late: "迟交" };

  async function ask(address) {
    const answer = await fetch(address, { headers: { "X-XSRFToken": document.body.dataset.xsrf }, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  // A table that is wider than the screen says so.
  const tables = all(".scroll");
  const measure = () => tables.forEach((one) => one.classList.toggle("wider", one.scrollWidth > one.clientWidth + 1));
  measure();
  window.addEventListener("resize", measure);

  all("[data-back]").forEach((button) => {
    button.hidden = history.length < 2;
    button.addEventListener("click", () => history.back());
  });

  // One press, one verb; and a question before what cannot be taken back. Coming back by the browser's arrow frees the form.
  all("form").forEach((form) => {
    form.addEventListener("submit", (event) => {
      const pressed = event.submitter || {};
      const asked = (pressed.dataset || {}).sure || (form.dataset.sureIf ? "" : form.dataset.sure);
      const only = form.dataset.sureIf && form.elements[form.dataset.sureIf];
      const question = asked || (only && only.checked ? form.dataset.sure : "");
      const large = all("input[type=file][data-most]", form).find((input) => input.files[0] && input.files[0].size > Number(input.dataset.most));
      if (large) {
        event.preventDefault();
        alert("文件太大，最多 " + Math.round(Number(large.dataset.most) / 1048576) + " MB。");
      } else if (question && !confirm(question)) {
        event.preventDefault();
      } else if (form.dataset.busy) {
        all("button[type=submit]", form).forEach((button) => {
          button.dataset.words = button.dataset.words || button.textContent;
          button.textContent = form.dataset.busy;
          button.disabled = true;
        });
      } else if (pressed.dataset && "once" in pressed.dataset) {
        setTimeout(() => { pressed.disabled = true; }, 0);
      }
    });
  });
  window.addEventListener("pageshow", () => {
    all("button[data-words]").forEach((button) => {
      button.disabled = false;
      button.textContent = button.dataset.words;
    });
  });

  all("[data-choosing]").forEach((form) => {
    const whole = form.querySelector("[data-all]");
    const ticks = all("input[name=account]", form);
    const words = form.querySelector("[data-chosen]");
    const count = () => {
      const chosen = ticks.filter((tick) => tick.checked).length;
      words.textContent = chosen ? "已选 " + chosen + " 人：" : "先在表里勾选，再选做什么：";
    };
    whole.hidden = !ticks.length;
    whole.addEventListener("change", () => {
      ticks.forEach((tick) => { tick.checked = whole.checked; });
      count();
    });
    ticks.forEach((tick) => tick.addEventListener("change", count));
  });

  all("[data-job]").forEach((card) => {
    const bar = card.querySelector("[data-bar]");
    const look = async () => {
      try {
        const state = await ask(card.dataset.job);
        if (state.state !== "running") {
          location.reload();
          return;
        }
        if (state.total) {
          bar.max = state.total;
          bar.value = state.done;
        } else {
          bar.removeAttribute("value");
        }
        card.querySelector("[data-count]").textContent = state.total ? state.done + "/" + state.total : "正在准备……";
        card.querySelector("[data-lines]").textContent = state.lines.join("\n");
      } catch (error) {
        card.querySelector("[data-count]").textContent = "连不上服务器，正在重试……";
      }
      setTimeout(look, EVERY_JOB);
    };
    look();
  });

  all("[data-progress]").forEach((place) => {
    const body = place.querySelector("[data-lines]");
    const filter = place.querySelector("[data-filter]");
    const fresh = place.querySelector("[data-fresh]");
    const trouble = document.querySelector("[data-trouble]");
    const clock = (text) => {
      if (!text) return "";
      return text.slice(11, 16);
    };
    const cell = (row, text, name) => {
      const made = row.insertCell();
      made.textContent = text;
      if (name) made.className = name;
      return made;
    };
    const sift = () => {
      all("tr", body).forEach((row) => { row.hidden = filter.value !== "" && row.dataset.state !== filter.value; });
    };
    const draw = (lines) => {
      const rows = document.createElement("tbody");
      lines.forEach((line) => {
        const row = rows.insertRow();
        row.dataset.state = line.state;
        cell(row, line.account);
        cell(row, line.name);
        cell(row, line.team);
        cell(row, line.letter);
        const who = document.createElement("span");
        who.className = "who who-" + line.state;
        who.textContent = WORDS[line.state];
        cell(row, "").append(who);
        cell(row, line.questions ? line.answered + "/" + line.questions : "", "number");
        cell(row, clock(line.fetched));
        cell(row, clock(line.saved));
        cell(row, clock(line.submitted) + (line.times > 1 ? "（第 " + line.times + " 次）" : ""));
        cell(row, line.extra ? line.extra + " 分" : "", "number");
      });
      body.replaceChildren(...rows.children);
      sift();
    };
    const look = async () => {
      try {
        const seen = await ask(place.dataset.progress);
        draw(seen.lines);
        Object.keys(seen.sums).forEach((state) => {
          place.querySelector("[data-sum=" + state + "]").textContent = seen.sums[state];
        });
        trouble.textContent = seen.trouble;
        trouble.hidden = !seen.trouble;
        fresh.textContent = "每几秒自动更新";
      } catch (error) {
        fresh.textContent = "连不上服务器，正在重试……";
      }
      setTimeout(look, EVERY_PROGRESS);
    };
    place.querySelector("[data-filters]").hidden = false;
    filter.addEventListener("change", sift);
    look();
  });
})();
