/** Building the page from nodes only: text that people typed never becomes markup. */

/**
 * Create an element. `props` sets properties; `class`, `data-…`, `aria-…` and `role` set attributes, and functions
 * named like `onclick` listen.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "role" || name === "lang" || name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A drawing of our own: the page must not depend on which emoji a computer has. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/sandbox/static/icons.svg#${name}`);
  svg.setAttribute("class", "drawing");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A button that only an icon explains needs a name for those who do not see it. */
export function iconButton(drawing, label, testid, onclick, props = {}) {
  return el(
    "button",
    { type: "button", class: "icon", title: label, "aria-label": label, "data-testid": testid, onclick, ...props },
    icon(drawing),
  );
}

/** Show a question or a notice over everything; resolve to what was chosen, or "" if it was closed. */
export function ask(text, choices, testid) {
  return new Promise((resolve) => {
    const buttons = choices.map(({ label, value, primary }) =>
      el("button", { value, autofocus: Boolean(primary), class: primary ? "primary" : undefined, "data-testid": `${testid}-${value || "cancel"}` }, label),
    );
    const form = el("form", { method: "dialog" }, el("p", { class: "question" }, text), el("div", { class: "choices" }, ...buttons));
    const dialog = el("dialog", { "data-testid": testid, "aria-label": text }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Let the arrow keys move among the `items` of a list, round and round. */
export function arrowKeys(list, items) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.querySelectorAll(items)];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
}

/**
 * Make a button open and close a popup menu; Escape and a click elsewhere close it too.
 */
export function popup(button, menu) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  menu.setAttribute("role", "menu");
  menu.hidden = true;

  const outside = (event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) close(false);
  };
  function open() {
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside);
    menu.querySelector("[role=menuitem]")?.focus();
  }
  function close(refocus = true) {
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
    if (refocus) button.focus();
  }
  button.addEventListener("click", () => (menu.hidden ? open() : close()));
  menu.addEventListener("click", (event) => {
    if (event.target.closest("[role=menuitem]")) close();
  });
  arrowKeys(menu, "[role=menuitem]");
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
}

export function menuItem(label, testid, onclick, detail = "") {
  const more = detail ? el("span", { class: "detail" }, detail) : null;
  return el("button", { type: "button", role: "menuitem", "data-testid": testid, onclick }, el("span", {}, label), more);
}
