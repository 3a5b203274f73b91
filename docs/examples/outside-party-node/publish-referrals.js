// Publishes a council's events and waits for the answer to each: publish-referrals.js FILE (one CloudEvent as JSON on each line).
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import amqp from "amqplib";

const { AMQP_URL, COUNCIL_ID, ANSWER_SECONDS = "60" } = process.env;
const PAUSE_MS = 2000;
const persistent = { contentType: "application/cloudevents+json", persistent: true, mandatory: true };
const userId = decodeURIComponent(new URL(AMQP_URL).username); // the broker lets no other name pass

// Takes an event off the list only when the broker has confirmed it.
async function publish(connection, unsent) {
  const channel = await connection.createConfirmChannel();
  channel.on("error", () => {}); // "close" follows
  const closed = new Promise((_, lost) => channel.on("close", () => lost(new Error("the connection was lost"))));
  closed.catch(() => {}); // it matters only to who waits for a confirm
  const returned = new Set();
  channel.on("return", (message) => returned.add(message.properties.messageId));
  while (unsent.length > 0) {
    const [event] = unsent;
    const options = { ...persistent, userId, messageId: event.id };
    returned.delete(event.id);
    const body = Buffer.from(JSON.stringify(event));
    const confirmed = new Promise((yes, no) => {
      channel.publish(`in.${COUNCIL_ID}`, event.type, body, options, (refusal) => (refusal ? no(refusal) : yes()));
    });
    await Promise.race([confirmed, closed]);
    if (returned.has(event.id)) throw new Error("no queue takes it now");
    unsent.shift();
  }
  await channel.close();
}

// Reads answers until there is one for each of our events; those to other events are printed too.
async function readAnswers(connection, unanswered) {
  const channel = await connection.createChannel();
  await channel.prefetch(20);
  await new Promise((done, lost) => {
    channel.on("error", lost);
    channel.on("close", () => lost(new Error("the connection was lost")));
    const take = (message) => {
      if (message === null) return lost(new Error("the queue is gone for now"));
      const answer = JSON.parse(message.content.toString());
      console.log(JSON.stringify({ id: message.properties.headers["ce-id"], ...answer }));
      channel.ack(message);
      unanswered.delete(answer.event_id);
      if (unanswered.size === 0) done();
    };
    channel.consume(`ext.${COUNCIL_ID}.results`, take).catch(lost);
  });
  await channel.close(); // the acknowledgements go out before it
}

const events = readFileSync(process.argv[2], "utf8").split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
const unsent = [...events];
const unanswered = new Set(events.map((event) => event.id));
const overdue = setTimeout(() => {
  console.error(`unsent: ${unsent.length}, without an answer: ${[...unanswered].join(", ")}`);
  process.exit(1);
}, Number(ANSWER_SECONDS) * 1000);

while (unsent.length > 0 || unanswered.size > 0) {
  let connection;
  try {
    connection = await amqp.connect(AMQP_URL);
    connection.on("error", () => {}); // whoever waits on a channel hears of it
    await publish(connection, unsent);
    await readAnswers(connection, unanswered);
  } catch (error) {
    console.error(`trying again: ${error.message}`);
    await pause(PAUSE_MS);
  }
  await connection?.close().catch(() => {});
}
clearTimeout(overdue);
