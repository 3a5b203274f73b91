// Where alerts are put before they are acknowledged: a file with one JSON line for each, on disk before `keep` returns.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";

// Keeps each event once, known by its id: whatever is told twice is written once, also after a restart.
export class AlertsFile {
  #path;
  #known;

  constructor(path) {
    this.#path = path;
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1); // half a line that a crash has left was not acknowledged
    writeFileSync(path, whole);
    this.#known = new Set(whole.split("\n").filter(Boolean).map((line) => JSON.parse(line).id));
  }

  keep(id, data) {
    if (this.#known.has(id)) return;
    const line = `${JSON.stringify({ id, data })}\n`;
    const file = openSync(this.#path, "a");
    try {
      writeSync(file, line);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#known.add(id);
    process.stdout.write(line);
  }
}
