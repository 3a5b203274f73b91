// Reads a council's safeguarding alerts from its own queue; each is acknowledged once it is written down.
import { setTimeout as pause } from "node:timers/promises";
import amqp from "amqplib";
import { AlertsFile } from "./alerts-file.js";

const { AMQP_URL, COUNCIL_ID, ALERTS_FILE } = process.env;
const PAUSE_MS = 2000;
const alerts = new AlertsFile(ALERTS_FILE);

async function read() {
  const connection = await amqp.connect(AMQP_URL);
  const ended = new Promise((_, lost) => {
    connection.on("error", lost);
    connection.on("close", () => lost(new Error("the connection was lost")));
  });
  const channel = await connection.createChannel();
  await channel.prefetch(20);
  const take = (message) => {
    if (message === null) return connection.close(); // the queue is gone for now
    const { "ce-id": id, "ce-type": type } = message.properties.headers;
    if (type === "alert.raised") alerts.keep(id, JSON.parse(message.content.toString())); // other types may come one day
    channel.ack(message);
  };
  await channel.consume(`ext.${COUNCIL_ID}.safeguarding`, take);
  await ended;
}

process.on("SIGTERM", () => process.exit(0));
for (;;) {
  await read().catch((error) => console.error(`connecting again: ${error.message}`));
  await pause(PAUSE_MS);
}
