/** One message as a bubble: text, cards, files, and the buttons under it. */

import { fileUrl } from "./api.js";
import { el, icon, iconButton } from "./dom.js";
import { formatted } from "./entities.js";

function time(message) {
  const when = new Date(message.date * 1000);
  const label = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const edited = message.edit_date ? el("span", { class: "edited", "data-testid": "edited" }, "edited ") : null;
  const ticks = message.from.is_bot ? null : el("span", { class: "ticks", "aria-hidden": "true" }, " ✓✓");
  return el("span", { class: "meta" }, edited, el("time", { dateTime: when.toISOString() }, label), ticks);
}

function initials(name) {
  return [...name.trim()].slice(0, 1).join("").toUpperCase();
}

function contactCard(contact) {
  const name = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  return el(
    "div",
    { class: "card contact", "data-testid": "contact-card" },
    el("span", { class: "avatar", "aria-hidden": "true" }, initials(name)),
    el(
      "div",
      { class: "lines" },
      el("strong", { "data-testid": "contact-name" }, name),
      el(
        "a",
        { href: `tel:${contact.phone_number.replace(/[^\d+]/g, "")}`, "data-testid": "contact-phone", "aria-label": `Call ${contact.phone_number}` },
        contact.phone_number,
      ),
    ),
  );
}

function map(location) {
  const place = `${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}`;
  return el("div", { class: "map", role: "img", "aria-label": `Map at ${place}` }, icon("pin"), el("small", {}, place));
}

function venueCard(venue) {
  return el(
    "div",
    { class: "card venue", "data-testid": "venue-card" },
    map(venue.location),
    el("strong", { "data-testid": "venue-title" }, venue.title),
    el("span", { "data-testid": "venue-address" }, venue.address),
  );
}

function documentCard(file) {
  const size = file.file_size < 1024 ? `${file.file_size} B` : `${(file.file_size / 1024).toFixed(1)} KB`;
  return el(
    "a",
    { class: "card document", href: fileUrl(file.file_id), download: file.file_name, "data-testid": "document" },
    el("span", { class: "avatar" }, icon("file")),
    el("span", { class: "lines" }, el("strong", {}, file.file_name), el("span", {}, size)),
  );
}

function media(message) {
  if (message.contact) return contactCard(message.contact);
  if (message.venue) return venueCard(message.venue);
  if (message.location) return el("div", { class: "card", "data-testid": "location-card" }, map(message.location));
  if (message.document) return documentCard(message.document);
  if (message.photo) {
    const largest = message.photo[message.photo.length - 1];
    return el("img", { class: "photo", src: fileUrl(largest.file_id), alt: message.caption ?? "Photo", "data-testid": "photo" });
  }
  if (message.voice) {
    return el("div", { class: "voice", role: "img", "aria-label": `Voice message, ${message.voice.duration} seconds`, "data-testid": "voice" }, icon("voice"), "▂▃▅▂▆▃▁▄▂▃ ", `0:0${message.voice.duration}`);
  }
  if (message.sticker) {
    return el("div", { class: "sticker", role: "img", "aria-label": `Sticker ${message.sticker.emoji}`, "data-testid": "sticker" }, message.sticker.emoji);
  }
  return null;
}

function quoted(message) {
  const original = message.reply_to_message;
  if (!original) return null;
  const text = original.text ?? original.caption ?? "Message";
  return el("div", { class: "reply-to", "data-testid": "reply-to" }, el("strong", {}, original.from.first_name), el("span", {}, text));
}

/** Show why a button does nothing here, or what it would open. */
function otherButton(button, actions) {
  if (button.copy_text) {
    const copy = () => {
      navigator.clipboard?.writeText(button.copy_text.text);
      actions.toast(`Copied: ${button.copy_text.text}`);
    };
    return el("button", { type: "button", class: "copy", "data-testid": "inline-button", onclick: copy }, button.text);
  }
  const unavailable = () => actions.toast("This kind of button is not available in the sandbox.");
  return el("button", { type: "button", "data-testid": "inline-button", onclick: unavailable }, button.text);
}

function inlineButton(button, message, actions, pending) {
  if (button.url) {
    return el(
      "a",
      { class: "url", href: button.url, target: "_blank", rel: "noopener noreferrer", title: button.url, "data-testid": "inline-button" },
      button.text,
      el("span", { class: "corner" }, icon("open")),
      el("span", { class: "unseen" }, " (opens a web page)"),
    );
  }
  if (button.callback_data === undefined) return otherButton(button, actions);
  const busy = pending.has(`${message.message_id} ${button.callback_data}`);
  return el(
    "button",
    {
      type: "button",
      class: busy ? "busy" : undefined,
      "aria-busy": String(busy),
      "data-testid": "inline-button",
      "data-callback": button.callback_data,
      onclick: () => actions.press(message.message_id, button.callback_data),
    },
    button.text,
    busy ? el("span", { class: "spinner", "data-testid": "spinner", "aria-hidden": "true" }) : null,
  );
}

function inlineKeyboard(message, actions, pending) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  return el(
    "div",
    { class: "inline-keyboard", role: "group", "aria-label": "Buttons of this message", "data-testid": "inline-keyboard" },
    ...rows.map((row) => el("div", { class: "row" }, ...row.map((button) => inlineButton(button, message, actions, pending)))),
  );
}

/**
 * Return the list item of a message. `pending` holds "message-id data" of the buttons whose answer is awaited.
 */
export function renderMessage(message, actions, pending) {
  const mine = !message.from.is_bot;
  const text = message.text ?? message.caption;
  const body = text
    ? el("div", { class: "text", dir: "auto", "data-testid": "message-text" }, ...formatted(text, message.entities ?? message.caption_entities, actions.send))
    : null;
  const edit =
    mine && message.text && actions.startEdit
      ? iconButton("edit", "Edit this message", "edit-message", () => actions.startEdit(message), { class: "icon edit" })
      : null;
  const bubble = el(
    "div",
    { class: message.sticker ? "bubble bare" : "bubble" },
    el("span", { class: "unseen" }, mine ? "You: " : `${message.from.first_name}: `),
    quoted(message),
    media(message),
    body,
    time(message),
  );
  return el(
    "li",
    { class: `message ${mine ? "mine" : "theirs"}`, "data-testid": "message", "data-message-id": String(message.message_id), "data-from": mine ? "user" : "bot" },
    el("div", { class: "line" }, edit, bubble),
    inlineKeyboard(message, actions, pending),
  );
}
