/** The staff's group as one of its members sees it: its topics, what is written in the chosen one, a field to answer. */

import { actInGroup } from "./api.js";
import { el, icon } from "./dom.js";
import { renderMessage } from "./message.js";

const LABEL = "Staff group";

export class StaffGroup {
  constructor(select) {
    this.messages = new Map();
    this.topics = new Map();
    this.chosen = 0;
    this.version = 0;
    this.tab = el("button", { type: "button", role: "tab", "aria-controls": "staff", "data-testid": "staff-tab", onclick: select }, LABEL);
    this.build();
  }

  build() {
    this.topicList = el("nav", { class: "topics", "aria-label": "Topics", "data-testid": "topics" });
    this.empty = el("p", { class: "description", "data-testid": "staff-empty" }, "Nobody talks with staff yet. In a chat, press “Talk to a person” and then “Yes”.");
    this.list = el("ol", { class: "messages" });
    this.log = el("div", { class: "log", role: "log", tabIndex: 0, "aria-label": "Messages of the staff group", "data-testid": "staff-messages" }, this.empty, this.list);
    this.input = el("textarea", {
      rows: 1,
      placeholder: "Answer as staff",
      "aria-label": "Answer as staff",
      "data-testid": "staff-input",
      enterKeyHint: "send",
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
      },
    });
    this.form = el(
      "form",
      { class: "write", onsubmit: (event) => this.submit(event) },
      this.input,
      el("button", { type: "button", class: "close-talk", "data-testid": "staff-close", onclick: () => this.send("/close") }, "/close"),
      el("button", { type: "submit", class: "send icon", "aria-label": "Send", title: "Send", "data-testid": "staff-send" }, icon("send")),
    );
    this.problem = el("p", { class: "refusal", role: "alert", hidden: true });
    this.node = el(
      "section",
      { class: "chat staff", id: "staff", role: "tabpanel", "aria-label": LABEL, "data-testid": "staff" },
      el(
        "header",
        { class: "chat-header" },
        el("span", { class: "avatar", "aria-hidden": "true" }, "S"),
        el("div", { class: "lines" }, el("h2", {}, LABEL), el("p", { class: "subtitle" }, "They see no names and no accounts")),
      ),
      this.topicList,
      this.log,
      el("footer", { class: "composer" }, this.problem, this.form),
    );
  }

  /** Take over the whole group, at first and after the connection was lost. */
  apply({ version, messages, is_forum: isForum }) {
    this.version = version;
    this.isForum = isForum;
    this.messages = new Map(messages.map(({ message }) => [message.message_id, message]));
    this.topics.clear();
    for (const { message } of messages) this.noteTopic(message);
    this.choose(this.topics.has(this.chosen) ? this.chosen : (this.newest() ?? 0));
  }

  handle(event) {
    if (event.version <= this.version) return;
    this.version = event.version;
    if (event.type === "message") {
      this.messages.set(event.message.message_id, event.message);
      this.noteTopic(event.message);
      this.noteNews(event.message);
    } else if (event.type === "deleted") {
      for (const id of event.message_ids) {
        this.messages.delete(id);
        this.topics.delete(id);
      }
    }
    this.choose(this.topics.has(this.chosen) ? this.chosen : (this.newest() ?? 0));
  }

  noteTopic({ message_id: id, message_thread_id: thread, forum_topic_created: created, forum_topic_closed: closed }) {
    if (created) this.topics.set(id, { name: created.name, closed: false, unread: false });
    if (closed) this.topics.get(thread).closed = true;
  }

  noteNews(message) {
    if (!message.from.is_bot) return;
    const topic = this.topics.get(message.message_thread_id);
    if (topic && message.message_thread_id !== this.chosen) topic.unread = true;
    if (!this.node.classList.contains("chosen")) this.tab.textContent = `${LABEL} · new`;
  }

  newest() {
    return [...this.topics.keys()].pop();
  }

  seen() {
    this.tab.textContent = LABEL;
    this.log.scrollTop = this.log.scrollHeight;
  }

  choose(id) {
    this.chosen = id;
    const topic = this.topics.get(id);
    if (topic) topic.unread = false;
    this.showTopics();
    const shown = [...this.messages.values()].filter((message) => !id || message.message_thread_id === id);
    this.list.replaceChildren(...shown.map((message) => this.render(message)).filter(Boolean));
    this.empty.hidden = this.messages.size > 0;
    this.form.hidden = this.messages.size === 0 || Boolean(topic?.closed);
    this.log.scrollTop = this.log.scrollHeight;
  }

  showTopics() {
    const focused = this.topicList.contains(document.activeElement) && document.activeElement.dataset.topic;
    const buttons = [...this.topics].map(([id, { name, closed, unread }]) =>
      el(
        "button",
        { type: "button", "aria-current": String(id === this.chosen), "data-topic": String(id), "data-testid": "topic", onclick: () => this.choose(id) },
        name,
        closed ? el("span", { class: "detail" }, " closed") : null,
        unread ? el("span", { class: "unread" }, " new") : null,
      ),
    );
    this.topicList.hidden = buttons.length === 0;
    this.topicList.replaceChildren(...buttons.reverse());
    if (focused) buttons.find((button) => button.dataset.topic === focused)?.focus();
  }

  render(message) {
    if (message.forum_topic_created) return null;
    if (message.forum_topic_closed) return el("li", { class: "notice", "data-testid": "topic-closed" }, "The topic was closed");
    const replied = message.reply_to_message;
    const shown = replied?.forum_topic_created ? { ...message, reply_to_message: undefined } : message;
    return renderMessage(shown, { send: (text) => this.send(text) }, new Set());
  }

  submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.send(text);
  }

  async send(text) {
    try {
      await actInGroup("send", { text, topic: this.chosen });
      this.problem.hidden = true;
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
  }
}
