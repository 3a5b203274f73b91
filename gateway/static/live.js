// Keeps the front page up to date: new events as they happen, everything else every half minute. Can be paused. What fails is
// tried again soon, and meanwhile the page says that it is not live.
const MOST_ROWS = 20;
const REFRESH_MS = 30000;
const AGAIN_MS = 5000;
const SHORT_ID = 12;

const region = document.querySelector("[data-live]");
const rows = document.querySelector("[data-live-events]");
const state = document.querySelector("[data-live-state]");
const pause = document.querySelector("[data-live-pause]");
const councils = JSON.parse(region?.dataset.councils ?? "{}");
let paused = false;
let stale = false;
let source = null;
let stream = "";
let last = "";
let next = 0;

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
  if (rows.querySelector(`[data-event="${CSS.escape(event.id)}"]`)) return; // a stream that goes on may tell a little again
  const row = document.createElement("tr");
  row.dataset.event = event.id;
  row.className = "govuk-table__row steward-fresh";
  const at = new Date(event.time).toLocaleTimeString("en-GB", { timeZone: "Europe/London" });
  row.append(cell("Time", at), cell("What happened", words(event.type)), cell("Record", short(event.subject)), cell("Council", councils[event.council_id] ?? event.council_id));
  rows.prepend(row);
  while (rows.rows.length > MOST_ROWS) rows.lastElementChild.remove();
  document.querySelector("[data-live-none]")?.remove();
}

function show() {
  if (!state) return;
  const told = stale ? "This page is out of date: it could not be refreshed. Trying again." : stream;
  const text = paused ? "Paused." : told;
  if (state.textContent !== text) state.textContent = text;
}

function say(text) {
  stream = text;
  show();
}

function lost() {
  say("The live connection was lost. Trying again.");
  // After a refusal the browser leaves it at that; after anything else it connects again by itself.
  if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
}

function open() {
  if (paused || (source && source.readyState !== EventSource.CLOSED)) return;
  const place = new URL(region.dataset.live, location.href);
  if (last) place.searchParams.set("after", last);
  source = new EventSource(place);
  source.onopen = () => say("Live: new events appear as they happen.");
  source.onerror = lost;
  source.onmessage = (message) => {
    last = message.lastEventId;
    add(JSON.parse(message.data));
  };
}

async function front() {
  const answer = await fetch("/", { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`the page was answered with ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function refresh() {
  if (paused || document.hidden) return;
  try {
    const fresh = await front();
    for (const panel of document.querySelectorAll("[data-panel]")) {
      const made = fresh.getElementById(panel.id);
      if (made && !panel.contains(document.activeElement)) panel.replaceChildren(...made.childNodes);
    }
    stale = false;
  } catch (problem) {
    console.warn("the page could not be refreshed", problem);
    stale = true;
  }
  show();
}

async function keepUp() {
  await refresh();
  clearTimeout(next);
  next = setTimeout(keepUp, stale ? AGAIN_MS : REFRESH_MS);
}

function toggle() {
  paused = !paused;
  pause.textContent = paused ? "Go on showing news" : "Pause";
  if (paused) {
    source?.close();
  } else {
    open();
    keepUp();
  }
  show();
}

if (region && rows) {
  pause.hidden = false;
  pause.addEventListener("click", toggle);
  open();
}
next = setTimeout(keepUp, REFRESH_MS);
