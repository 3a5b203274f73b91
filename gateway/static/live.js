// Keeps the front page up to date: new events as they happen, everything else every half minute. Can be paused.
const MOST_ROWS = 20;
const REFRESH_MS = 30000;
const SHORT_ID = 12;

const region = document.querySelector("[data-live]");
const rows = document.querySelector("[data-live-events]");
const state = document.querySelector("[data-live-state]");
const pause = document.querySelector("[data-live-pause]");
const councils = JSON.parse(region?.dataset.councils ?? "{}");
let paused = false;
let source = null;

function cell(label, text) {
  const made = document.createElement("td");
  made.className = "govuk-table__cell";
  made.dataset.label = label;
  made.textContent = text;
  return made;
}

function short(id) {
  return id.length <= SHORT_ID + 1 ? id : `${id.slice(0, SHORT_ID)}…`;
}

function words(code) {
  const plain = code.replaceAll(/[._-]/g, " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function add(event) {
  const row = document.createElement("tr");
  row.className = "govuk-table__row steward-fresh";
  const at = new Date(event.time).toLocaleTimeString("en-GB", { timeZone: "Europe/London" });
  row.append(cell("Time", at), cell("What happened", words(event.type)), cell("Record", short(event.subject)), cell("Council", councils[event.council_id] ?? event.council_id));
  rows.prepend(row);
  while (rows.rows.length > MOST_ROWS) rows.lastElementChild.remove();
  document.querySelector("[data-live-none]")?.remove();
}

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

function open() {
  source = new EventSource(region.dataset.live);
  source.onopen = () => say("Live: new events appear as they happen.");
  source.onerror = () => say("The live connection was lost. Trying again.");
  source.onmessage = (message) => add(JSON.parse(message.data));
}

async function refresh() {
  if (paused || document.hidden) return;
  const answer = await fetch("/", { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const panel of document.querySelectorAll("[data-panel]")) {
    const made = fresh.getElementById(panel.id);
    if (made && !panel.contains(document.activeElement)) panel.replaceChildren(...made.childNodes);
  }
}

function toggle() {
  paused = !paused;
  pause.textContent = paused ? "Go on showing news" : "Pause";
  if (!paused) {
    open();
    refresh();
    return;
  }
  source?.close();
  say("Paused.");
}

if (region && rows) {
  pause.hidden = false;
  pause.addEventListener("click", toggle);
  open();
}
setInterval(refresh, REFRESH_MS);
