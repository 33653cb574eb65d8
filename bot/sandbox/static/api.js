/** The page's own endpoints: what a person does, and the stream of what happens. */

const BASE = "/sandbox/api";

async function call(method, path, body) {
  const response = await fetch(BASE + path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const reply = await response.json();
  if (!response.ok) throw new Error(reply.error ?? response.statusText);
  return reply;
}

export const users = () => call("GET", "/users");
export const addUser = (name, languageCode) => call("POST", "/users", { name, language_code: languageCode });
export const act = (userId, action, body = {}) => call("POST", `/users/${userId}/${action}`, body);
export const actInGroup = (action, body) => call("POST", `/group/${action}`, body);
export const fileUrl = (fileId) => `${BASE}/files/${encodeURIComponent(fileId)}`;

/** Follow all chats and the staff group; the browser connects again by itself, and then everything comes anew. */
export function follow(onEvent, onConnection) {
  const source = new EventSource(`${BASE}/events`);
  source.addEventListener("message", (event) => onEvent(JSON.parse(event.data)));
  source.addEventListener("open", () => onConnection(true));
  source.addEventListener("error", () => onConnection(false));
}
