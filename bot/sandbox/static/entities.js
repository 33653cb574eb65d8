/** Text and Telegram's entities as nodes. Offsets count UTF-16 units, as JavaScript strings do. */

import { el } from "./dom.js";

const SIMPLE = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};
const SAFE_LINK = /^(https?|tg|mailto|tel):/i;

function link(href, content, testid = "link") {
  if (!SAFE_LINK.test(href)) return el("span", {}, ...content);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", "data-testid": testid }, ...content);
}

function withScheme(url) {
  return /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
}

function spoiler(content) {
  const node = el("span", {
    class: "spoiler",
    role: "button",
    tabIndex: 0,
    "aria-label": "Hidden text, press to show",
    "data-testid": "spoiler",
  });
  const reveal = () => {
    node.classList.add("shown");
    node.removeAttribute("aria-label");
    node.removeAttribute("role");
  };
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") reveal();
  });
  node.append(...content);
  return node;
}

function expandable(content) {
  const quote = el("blockquote", { class: "expandable" }, ...content);
  const toggle = el("button", { type: "button", class: "expand", "aria-expanded": "false", "data-testid": "expand-quote" }, "Show all");
  toggle.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = open ? "Show less" : "Show all";
  });
  return el("div", { class: "quote" }, quote, toggle);
}

function wrap(entity, raw, content, onCommand) {
  switch (entity.type) {
    case "text_link":
      return link(entity.url, content);
    case "url":
      return link(withScheme(raw), content);
    case "email":
      return link(`mailto:${raw}`, content);
    case "phone_number":
      return link(`tel:${raw.replace(/[^\d+]/g, "")}`, content, "phone-link");
    case "bot_command":
      return el("button", { type: "button", class: "command", "data-testid": "command-link", onclick: () => onCommand(raw) }, raw);
    case "spoiler":
      return spoiler(content);
    case "expandable_blockquote":
      return expandable(content);
    case "mention":
    case "hashtag":
    case "text_mention":
      return el("span", { class: "mention" }, ...content);
    default:
      return el(SIMPLE[entity.type] ?? "span", {}, ...content);
  }
}

/** Return the nodes of `text`; entities nest, and arrive sorted from the outside in. */
export function formatted(text, entities = [], onCommand = () => {}) {
  function range(start, end, list) {
    const nodes = [];
    let at = start;
    for (let i = 0; i < list.length; i += 1) {
      const entity = list[i];
      const stop = Math.min(entity.offset + entity.length, end);
      if (entity.offset < at || stop <= entity.offset) continue;
      const inner = list.slice(i + 1).filter((other) => other.offset < stop && other.offset >= entity.offset);
      nodes.push(text.slice(at, entity.offset));
      nodes.push(wrap(entity, text.slice(entity.offset, stop), range(entity.offset, stop, inner), onCommand));
      at = stop;
    }
    nodes.push(text.slice(at, end));
    return nodes.filter((node) => node !== "");
  }
  return range(0, text.length, entities);
}
