// Takes safeguarding alerts by webhook (Standard Webhooks, checked by hand); each is answered once it is written down.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { AlertsFile } from "./alerts-file.js";

const { WEBHOOK_SECRETS, PORT, ALERTS_FILE } = process.env;
const LARGEST_BODY = 100_000;
const TOLERANCE_SECONDS = 300;
const keys = WEBHOOK_SECRETS.split(" ").map((secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64"));
const alerts = new AlertsFile(ALERTS_FILE);

function isSigned(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !/^\d+$/.test(timestamp ?? "")) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = signatures.split(" ").filter((text) => text.startsWith("v1,")).map((text) => Buffer.from(text.slice(3), "base64"));
  return keys.some((key) => {
    const own = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
    return given.some((other) => other.length === own.length && timingSafeEqual(other, own));
  });
}

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LARGEST_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts); // the bytes as they came: the signature is over them
}

async function answer(request) {
  if (request.method !== "POST") return 405;
  const body = await bodyOf(request);
  if (body === null) return 413;
  if (!isSigned(request.headers, body)) return 401;
  const event = JSON.parse(body.toString());
  if (event.type === "alert.raised") alerts.keep(event.id, event.data);
  return 204;
}

const server = createServer({ requestTimeout: 10_000 }, async (request, response) => {
  const status = await answer(request).catch(() => 500);
  response.writeHead(status, { "Content-Length": 0 }).end();
});
process.on("SIGTERM", () => process.exit(0));
server.listen(Number(PORT), "127.0.0.1");
