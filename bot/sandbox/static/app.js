/** The page: people and the staff group side by side, or one at a time behind tabs on a narrow screen. */

import { addUser, follow, users } from "./api.js";
import { Chat } from "./chat.js";
import { arrowKeys, el } from "./dom.js";
import { StaffGroup } from "./staff.js";

const LANGUAGES = {
  en: ["English", "Ann"],
  ru: ["Русский", "Ольга"],
  kk: ["Қазақша", "Айгерим"],
  ky: ["Кыргызча", "Айбек"],
  tg: ["Тоҷикӣ", "Гулнора"],
  uz: ["Oʻzbekcha", "Jasur"],
};
const startParameter = (new URLSearchParams(location.search).get("start") ?? "").replace(/[^\w-]/g, "").slice(0, 64);

const chats = new Map();
const tabs = document.getElementById("tabs");
const main = document.getElementById("chats");
const staff = new StaffGroup(() => select(staff));

function select(panel) {
  for (const other of [...chats.values(), staff]) {
    const chosen = other === panel;
    other.node.classList.toggle("chosen", chosen);
    other.tab.setAttribute("aria-selected", String(chosen));
    other.tab.tabIndex = chosen ? 0 : -1;
  }
  if (panel === staff) staff.seen();
}

function addTab(chat) {
  const { id, first_name: name, language_code: lang } = chat.user;
  const open = () => select(chat);
  chat.tab = el(
    "button",
    { type: "button", role: "tab", "aria-controls": `chat-${id}`, "data-testid": "tab", "data-user-id": String(id), onclick: open },
    lang ? `${name} · ${lang}` : name,
  );
  tabs.insertBefore(chat.tab, staff.tab);
}

tabs.append(staff.tab);
main.append(staff.node);

arrowKeys(tabs, "[role=tab]");
tabs.addEventListener("focusin", (event) => event.target.click());

/** Show a chat that is new to the page, or bring a known one up to date. */
function apply(state) {
  const known = chats.get(state.user.id);
  if (known) {
    known.apply(state);
    return;
  }
  const [languageName] = LANGUAGES[state.user.language_code] ?? [state.user.language_code ?? ""];
  const chat = new Chat(state, languageName, startParameter);
  chats.set(state.user.id, chat);
  addTab(chat);
  main.insertBefore(chat.node, staff.node);
  if (chats.size === 1) select(chat);
}

const dialog = document.getElementById("new-user");
const nameField = document.getElementById("new-user-name");
const languageField = document.getElementById("new-user-language");
const suggestName = () => (nameField.value = LANGUAGES[languageField.value][1]);

languageField.append(...Object.entries(LANGUAGES).map(([code, [name]]) => el("option", { value: code, lang: code }, `${name} (${code})`)));
languageField.addEventListener("change", suggestName);
document.getElementById("add-user").addEventListener("click", () => {
  suggestName();
  dialog.returnValue = "";
  dialog.showModal();
});
document.getElementById("new-user-cancel").addEventListener("click", () => dialog.close(""));
dialog.addEventListener("close", async () => {
  if (dialog.returnValue !== "add") return;
  const state = await addUser(nameField.value.trim() || LANGUAGES[languageField.value][1], languageField.value);
  apply(state);
  select(chats.get(state.user.id));
});

async function open() {
  if ((await users()).length === 0) {
    const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find((code) => code in LANGUAGES) ?? "en";
    await addUser(LANGUAGES[wanted][1], wanted);
  }
  const connection = document.getElementById("connection");
  follow(
    (event) => {
      if (event.type === "state") apply(event);
      else if (event.type === "group") staff.apply(event);
      else (chats.get(event.chat_id) ?? staff).handle(event);
    },
    (connected) => (connection.hidden = connected),
  );
}

open();
