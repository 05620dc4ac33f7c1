// What the hub's pages do by themselves; without it the login still works. Nothing newer than Chrome 80.
"use strict";

(function () {
  const body = document.body;
  // Which face of a paper fits this screen: read by the person's own server when a paper is opened.
  const small = matchMedia("(max-width: 700px), (pointer: coarse)").matches;
  document.cookie = `trainer-screen=${small ? "small" : "large"}; path=/; max-age=31536000; SameSite=Lax`;
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // JupyterHub counts redirects in the address; a reload must not count on.
  const address = new URL(location.href);
  if (address.searchParams.has("redirects")) {
    address.searchParams.delete("redirects");
    history.replaceState({}, "", address);
  }

  all("[data-shows]").forEach((tick) => {
    tick.parentElement.hidden = false;
    tick.checked = false;
    tick.addEventListener("change", () => {
      tick.dataset.shows.split(" ").forEach((id) => {
        const field = document.getElementById(id);
        if (field) field.type = tick.checked ? "text" : "password";
      });
    });
  });

  // One press, one login: a slow network invites a second one. Coming back by the browser's arrow frees the button.
  all("form[data-busy]").forEach((form) => {
    const button = form.querySelector("button[type=submit]");
    const words = button.textContent;
    form.addEventListener("submit", () => {
      button.disabled = true;
      button.textContent = form.dataset.busy;
    });
    window.addEventListener("pageshow", () => {
      button.disabled = false;
      button.textContent = words;
    });
  });

  all("[data-back]").forEach((button) => {
    button.hidden = history.length < 2;
    button.addEventListener("click", () => history.back());
  });

  all("[data-follow-after]").forEach((link) => {
    setTimeout(() => location.replace(link.href), 1000 * Number(link.dataset.followAfter));
  });

  all("[data-stop]").forEach((button) => {
    button.addEventListener("click", async () => {
      if (!confirm(button.dataset.sure)) return;
      button.disabled = true;
      const problem = document.querySelector("[data-stop-problem]");
      problem.hidden = true;
      try {
        const answer = await fetch(`${body.dataset.base}api/users/${button.dataset.stop}/server`, {
          method: "DELETE",
          headers: { "X-XSRFToken": body.dataset.xsrf },
        });
        if (!answer.ok) throw new Error(answer.status);
        location.reload();
      } catch (error) {
        problem.hidden = false;
        button.disabled = false;
      }
    });
  });

  all("[data-progress]").forEach((card) => {
    const events = new EventSource(card.dataset.progress);
    const bar = card.querySelector("progress");
    const log = card.querySelector("[data-events]");
    events.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.progress !== undefined) bar.value = event.progress;
      if (event.message) log.textContent += event.message + "\n";
      if (event.ready) {
        events.close();
        location.reload();
      } else if (event.failed) {
        events.close();
        card.querySelector("[data-waiting]").hidden = true;
        card.querySelector("[data-failed]").hidden = false;
      }
    };
  });
})();
