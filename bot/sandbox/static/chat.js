/** One person's chat: what the server says becomes what is seen, and what is pressed goes back. */

import { act } from "./api.js";
import { Composer } from "./composer.js";
import { ask, el, iconButton, menuItem, popup } from "./dom.js";
import { renderMessage } from "./message.js";

const TOAST_MS = 4000;
const TYPING_MS = 5000;
const DUSHANBE = { latitude: 38.5598, longitude: 68.787 };

export class Chat {
  constructor(state, languageName, startParameter) {
    this.user = state.user;
    this.startParameter = startParameter;
    this.items = new Map();
    this.pending = new Map();
    this.actions = {
      send: (text) => this.act("send", { text }),
      edit: (message_id, text) => this.act("edit", { message_id, text }),
      press: (message_id, data) => this.act("press", { message_id, data }),
      attach: (kind) => this.act("attach", { kind }),
      contact: () => this.act("contact"),
      location: () => this.act("location", DUSHANBE),
      start: () => this.actions.send(this.startParameter ? `/start ${this.startParameter}` : "/start"),
      startEdit: (message) => this.composer.startEdit(message),
      toast: (text) => this.toast(text),
    };
    this.build(languageName);
    this.apply(state);
  }

  build(languageName) {
    const { id, first_name: name, language_code: lang } = this.user;
    this.botName = el("h2", { "data-testid": "bot-name" });
    this.botAvatar = el("span", { class: "avatar", "aria-hidden": "true" });
    this.subtitle = el("p", { class: "subtitle", role: "status", "data-testid": "subtitle" }, "bot");
    const more = iconButton("more", `More for ${name}`, "chat-menu", () => {});
    const menu = el("div", { class: "popup more" });
    this.blockItem = menuItem("", "block", () => this.act("block", { blocked: !this.blocked }));
    menu.append(
      this.blockItem,
      menuItem("Make this chat two days older", "age", () => this.act("age", { hours: 49 }), "Then the bot can delete nothing of it"),
    );
    popup(more, menu);
    const header = el(
      "header",
      { class: "chat-header" },
      this.botAvatar,
      el("div", { class: "lines" }, this.botName, this.subtitle),
      el("p", { class: "person", "data-testid": "person" }, el("strong", {}, name), el("span", {}, languageName)),
      more,
      menu,
    );
    this.toasts = el("div", { class: "toasts", role: "status", "data-testid": "toasts" });
    this.description = el("div", { class: "description", "data-testid": "description" });
    this.list = el("ol", { class: "messages" });
    this.log = el(
      "div",
      { class: "log", role: "log", tabIndex: 0, "aria-label": `Messages of ${name}`, "data-testid": "messages" },
      this.description,
      this.list,
    );
    this.log.addEventListener("scrollend", () => this.noteScroll());
    new ResizeObserver(() => this.scroll()).observe(this.log);
    this.composer = new Composer(this.actions, name);
    this.node = el(
      "section",
      { class: "chat", id: `chat-${id}`, role: "tabpanel", "aria-label": `Chat of ${name}`, lang: lang || "en", "data-testid": "chat", "data-user-id": String(id) },
      header,
      this.toasts,
      this.log,
      this.composer.node,
    );
  }

  async act(action, body) {
    try {
      await act(this.user.id, action, body);
    } catch (error) {
      this.toast(error.message);
    }
  }

  /** Take over a whole chat, at first and after the connection was lost. */
  apply(state) {
    this.version = state.version;
    this.state = state;
    this.items.clear();
    this.list.replaceChildren();
    this.pending.clear();
    for (const { id, message_id: message, data, answer } of state.callbacks) {
      if (!answer) this.pending.set(id, `${message} ${data}`);
    }
    for (const { message } of state.messages) this.put(message);
    this.show();
    this.scroll(true);
  }

  handle(event) {
    if (event.version <= this.version) return;
    this.version = event.version;
    switch (event.type) {
      case "message":
        if (!event.message.from.is_bot) this.state.started = true;
        else this.typing(false);
        this.put(event.message);
        if (!event.message.from.is_bot) this.atEnd = true;
        break;
      case "edited":
        this.put(event.message);
        break;
      case "deleted":
        for (const id of event.message_ids) this.drop(id);
        break;
      case "keyboard":
        this.state.reply_keyboard = event.reply_keyboard;
        break;
      case "profile":
        this.state.profile = event.profile;
        this.state.bot = event.bot;
        break;
      case "blocked":
        this.state.blocked = event.blocked;
        break;
      case "action":
        this.typing(true, event.action);
        break;
      case "callback":
        this.pending.set(event.id, `${event.message_id} ${event.data}`);
        this.repaint(event.message_id);
        break;
      case "callback_answer":
        this.answered(event);
        break;
      case "refused":
        this.refused(event);
        break;
    }
    this.show();
    this.scroll();
  }

  show() {
    const { bot, profile, started, blocked } = this.state;
    this.blocked = blocked;
    this.botName.textContent = bot.first_name;
    this.botAvatar.textContent = [...bot.first_name][0];
    this.blockItem.textContent = blocked ? "Unblock the bot" : "Block the bot";
    this.description.hidden = started || this.items.size > 0;
    this.description.replaceChildren(el("h3", {}, "What can this bot do?"), el("p", {}, profile.description || "The bot has not said yet."));
    this.composer.update(this.state);
  }

  put(message) {
    const fresh = { message, node: renderMessage(message, this.actions, new Set(this.pending.values())) };
    const old = this.items.get(message.message_id);
    this.items.set(message.message_id, fresh);
    if (old) {
      const focused = old.node.contains(document.activeElement) && document.activeElement.dataset.callback;
      old.node.replaceWith(fresh.node);
      if (focused) [...fresh.node.querySelectorAll("button")].find((b) => b.dataset.callback === focused)?.focus();
    } else {
      this.list.append(fresh.node);
    }
  }

  repaint(messageId) {
    const item = this.items.get(messageId);
    if (item) this.put(item.message);
  }

  drop(messageId) {
    const item = this.items.get(messageId);
    if (!item) return;
    this.items.delete(messageId);
    item.node.classList.add("leaving");
    setTimeout(() => item.node.remove(), 200);
  }

  answered({ id, text, show_alert: alert, url }) {
    const [messageId] = (this.pending.get(id) ?? "").split(" ");
    this.pending.delete(id);
    this.repaint(Number(messageId));
    if (text && alert) ask(text, [{ label: "OK", value: "ok", primary: true }], "alert");
    else if (text) this.toast(text);
    if (url) this.toast(`The bot opens ${url}`);
  }

  refused({ method, description }) {
    const text = `Telegram refused ${method}: ${description}`;
    this.list.append(el("li", { class: "refusal", "data-testid": "refusal" }, text));
  }

  typing(on, action = "") {
    clearTimeout(this.typingTimer);
    const doing = action === "typing" || !action ? "typing…" : `${action.replaceAll("_", " ")}…`;
    this.subtitle.textContent = on ? doing : "bot";
    this.subtitle.classList.toggle("active", on);
    if (on) this.typingTimer = setTimeout(() => this.typing(false), TYPING_MS);
  }

  toast(text) {
    const node = el("p", { class: "toast", "data-testid": "toast" }, text);
    this.toasts.append(node);
    setTimeout(() => node.remove(), TOAST_MS);
  }

  /** Keep the newest message in view, unless the person is reading further up. */
  scroll(force = false) {
    if (force) this.atEnd = true;
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    this.atEnd = scrollHeight - scrollTop - clientHeight < 48;
  }
}
