// Follows the live stream of alerts (server-sent events) and goes on where it was, after any break and any restart.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { AlertsFile } from "./alerts-file.js";

const { PLATFORM_URL, TOKEN, ALERTS_FILE, PLACE_FILE } = process.env;
const SILENCE_MS = 45_000;
const PAUSE_MS = 2000;
const alerts = new AlertsFile(ALERTS_FILE);

async function* linesOf(response, heard) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body) {
    heard();
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

function keepPlace(place) {
  writeFileSync(`${PLACE_FILE}.draft`, place);
  renameSync(`${PLACE_FILE}.draft`, PLACE_FILE);
}

function take(message) {
  if (message.data !== undefined) {
    const event = JSON.parse(message.data);
    if (event.type === "alert.raised") alerts.keep(event.id, event.data);
  }
  if (message.id !== undefined) keepPlace(message.id); // only now: the alert is safe
}

async function follow() {
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), SILENCE_MS);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  if (existsSync(PLACE_FILE)) headers["Last-Event-ID"] = readFileSync(PLACE_FILE, "utf8");
  try {
    const response = await fetch(`${PLATFORM_URL}/api/v1/streams/alerts`, { headers, signal: silence.signal });
    if (!response.ok) throw new Error(`status ${response.status}`);
    let message = {};
    for await (const line of linesOf(response, () => watch.refresh())) {
      const at = line.indexOf(":");
      if (line === "") {
        take(message);
        message = {};
      } else if (at > 0) message[line.slice(0, at)] = line.slice(at + 1).replace(/^ /, "");
    }
  } finally {
    clearTimeout(watch);
  }
}

process.on("SIGTERM", () => process.exit(0));
for (;;) {
  await follow().catch((error) => console.error(`connecting again: ${error.message}`));
  await pause(PAUSE_MS);
}
