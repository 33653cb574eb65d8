// The desk works without this file; it only warns before unsaved text is lost, and keeps progress up to date.

const LEAVING = "beforeunload";

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const warn = (event) => event.preventDefault();
  form.addEventListener("input", () => window.addEventListener(LEAVING, warn), { once: true });
  form.addEventListener("submit", () => window.removeEventListener(LEAVING, warn));
}

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
  select.form.querySelector(".without-script").hidden = true;
}

const live = document.querySelector("[data-reload]");
if (live) {
  const seconds = Number(live.dataset.reload);
  const refresh = async () => {
    const page = await fetch(location.href).then((answer) => answer.text()).catch(() => null);
    const fresh = page && new DOMParser().parseFromString(page, "text/html").querySelector("#live");
    if (fresh) document.querySelector("#live").replaceWith(fresh);
    if (!fresh || fresh.dataset.reload) setTimeout(refresh, seconds * 1000);
  };
  setTimeout(refresh, seconds * 1000);
}
