/** The bottom of a chat: START, the field to write in, commands, attachments, and the bot's own keyboard. */

import { arrowKeys, ask, el, icon, iconButton, menuItem, popup } from "./dom.js";

const ATTACHMENTS = [
  ["Photo", "attach-photo", (actions) => actions.attach("photo")],
  ["Voice message", "attach-voice", (actions) => actions.attach("voice")],
  ["Sticker", "attach-sticker", (actions) => actions.attach("sticker")],
  ["Location", "attach-location", (actions) => actions.location()],
  ["My contact", "attach-contact", (actions) => actions.contact()],
];
const YES_NO = (label) => [
  { label: "Cancel", value: "" },
  { label, value: "share", primary: true },
];

export class Composer {
  constructor(actions, name) {
    this.actions = actions;
    this.editing = null;
    this.keyboardOpen = true;
    this.input = el("textarea", {
      rows: 1,
      placeholder: "Message",
      "aria-label": `Message from ${name}`,
      "data-testid": "message-input",
      enterKeyHint: "send",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
    });
    this.suggestions = el("div", { class: "suggestions", role: "group", "aria-label": "Commands", "data-testid": "suggestions", hidden: true });
    arrowKeys(this.suggestions, "button");
    this.editBar = el(
      "div",
      { class: "edit-bar", hidden: true, "data-testid": "edit-bar" },
      el("span", {}, "Edit message"),
      iconButton("close", "Stop editing", "cancel-edit", () => this.stopEdit()),
    );
    this.menuButton = el("button", { type: "button", class: "menu", "data-testid": "command-menu", "aria-label": "Commands of the bot" }, "/");
    this.menu = el("div", { class: "popup commands", "data-testid": "command-list" });
    const attach = iconButton("attach", "Attach", "attach", () => {});
    const attachments = el("div", { class: "popup attachments", "data-testid": "attach-list" });
    attachments.append(...ATTACHMENTS.map(([label, testid, act]) => menuItem(label, testid, () => act(actions))));
    popup(this.menuButton, this.menu);
    popup(attach, attachments);
    this.keyboardToggle = iconButton("keyboard", "Hide or show the bot's keyboard", "keyboard-toggle", () => {
      this.keyboardOpen = !this.keyboardOpen;
      this.showKeyboard();
    });
    this.keyboard = el("div", { class: "reply-keyboard", role: "group", "aria-label": "Keyboard of the bot", "data-testid": "reply-keyboard" });
    this.form = el(
      "form",
      { class: "write", onsubmit: (event) => this.submit(event) },
      this.menuButton,
      this.menu,
      this.input,
      this.keyboardToggle,
      attach,
      attachments,
      el("button", { type: "submit", class: "send icon", "aria-label": "Send", title: "Send", "data-testid": "send" }, icon("send")),
    );
    this.start = el("button", { type: "button", class: "start", "data-testid": "start", onclick: () => actions.start() });
    this.node = el("footer", { class: "composer" }, this.start, this.suggestions, this.editBar, this.form, this.keyboard);
  }

  /** Bring everything in line with the chat. */
  update({ started, blocked, profile, reply_keyboard: markup }) {
    this.start.hidden = started && !blocked;
    this.start.textContent = blocked ? "RESTART" : "START";
    this.form.hidden = !this.start.hidden;
    this.commands = profile.commands;
    this.menuButton.hidden = this.commands.length === 0;
    this.menu.replaceChildren(
      ...this.commands.map(({ command, description }) =>
        menuItem(description, "command", () => this.actions.send(`/${command}`), `/${command}`),
      ),
    );
    if (markup !== this.markup) {
      this.markup = markup;
      this.keyboardOpen = true;
      if (markup?.force_reply) this.input.focus();
    }
    this.input.placeholder = markup?.input_field_placeholder || "Message";
    this.showKeyboard();
  }

  showKeyboard() {
    const rows = this.markup?.keyboard;
    const visible = Boolean(rows) && !this.form.hidden;
    this.keyboardToggle.hidden = !visible;
    this.keyboardToggle.setAttribute("aria-expanded", String(this.keyboardOpen));
    this.keyboard.hidden = !visible || !this.keyboardOpen;
    this.keyboard.replaceChildren(...(rows ?? []).map((row) => el("div", { class: "row" }, ...row.map((key) => this.keyNode(key)))));
  }

  keyNode(key) {
    const text = typeof key === "string" ? key : key.text;
    return el("button", { type: "button", "data-testid": "reply-button", onclick: () => this.pressKey(key, text) }, text);
  }

  async pressKey(key, text) {
    if (this.markup?.one_time_keyboard) {
      this.keyboardOpen = false;
      this.showKeyboard();
    }
    if (key.request_contact) {
      const answer = await ask("Share your phone number? The bot will see it.", YES_NO("Share"), "share-contact");
      if (answer) this.actions.contact();
    } else if (key.request_location) {
      const answer = await ask("Share your location? The bot will see where you are.", YES_NO("Share"), "share-location");
      if (answer) this.actions.location();
    } else {
      this.actions.send(text);
    }
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    const typed = this.input.value;
    this.form.classList.toggle("filled", typed !== "");
    const matching = /^\/\w*$/.test(typed) ? this.commands.filter(({ command }) => `/${command}`.startsWith(typed)) : [];
    this.suggestions.hidden = matching.length === 0;
    this.suggestions.replaceChildren(
      ...matching.map(({ command, description }) => {
        const choose = () => {
          this.clear();
          this.actions.send(`/${command}`);
          this.input.focus();
        };
        return el("button", { type: "button", "data-testid": "suggestion", onclick: choose }, el("strong", {}, `/${command}`), el("span", {}, description));
      }),
    );
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
    if (event.key === "Escape") this.stopEdit();
    if (event.key === "ArrowUp" && !this.suggestions.hidden) {
      event.preventDefault();
      this.suggestions.lastElementChild.focus();
    }
  }

  submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    if (this.editing) this.actions.edit(this.editing, text);
    else this.actions.send(text);
    this.stopEdit();
    this.clear();
  }

  clear() {
    this.input.value = "";
    this.typed();
  }

  startEdit(message) {
    this.editing = message.message_id;
    this.editBar.hidden = false;
    this.input.value = message.text;
    this.typed();
    this.input.focus();
  }

  stopEdit() {
    if (!this.editing) return;
    this.editing = null;
    this.editBar.hidden = true;
    this.clear();
  }
}
