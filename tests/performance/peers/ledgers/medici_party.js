// medici on MongoDB, one book a fund: `node medici_party.js URL FOLDER_WITH_NODE_MODULES`. The lines are those of work.py.
// Many at once are commits inside one transaction; medici has no verification, so this is the one its user would write.
"use strict";
const { createRequire } = require("node:module");
const [url, folder] = process.argv.slice(2);
const fetched = createRequire(folder + "/package.json");
const mongoose = fetched("mongoose");
const { Book, initModels, mongoTransaction } = fetched("medici");

const FUNDS = 2000, OPENING = 1e9, KEPT_FOR_DEEDS = 10;
const books = new Map();
const seconds = () => performance.now() / 1000;

function book(fund) {
  if (!books.has(fund)) books.set(fund, new Book(`fund-${fund}`, { balanceSnapshotSec: 0 }));
  return books.get(fund);
}

function chance(seed) {
  let state = seed >>> 0;
  return (below) => Math.floor(((state = (state * 1103515245 + 12345) >>> 0) / 2 ** 32) * below);
}

function batch(next, name, made, size, fund) {
  const first = 2 + next(FUNDS - KEPT_FOR_DEEDS - 2 - size);
  return Array.from({ length: size }, (_, place) => ({
    fund: fund ?? first + place, payee: next(8), pence: 100 + next(4900), key: `${name}-${made + place}`,
  }));
}

async function move(fund, from, into, pence, key, options = {}) {
  await book(fund).entry("spend").debit(from, pence, { key }).credit(into, pence, { key }).commit(options);
}

const post = (spend, options) => move(spend.fund, "held", `payee:${spend.payee}`, spend.pence, spend.key, options);
const postMany = (spends) => mongoTransaction(async (session) => { for (const spend of spends) await post(spend, { session }); });
const transactions = () => mongoose.connection.collection("medici_transactions");
const journals = () => mongoose.connection.collection("medici_journals");

async function verify() {
  let entries = 0, wrong = 0;
  const sums = [{ $group: { _id: "$_journal", sum: { $sum: { $subtract: ["$credit", "$debit"] } } } }];
  for await (const found of transactions().aggregate(sums)) { entries += 1; if (found.sum !== 0) wrong += 1; }
  return { ok: wrong === 0 && entries === await journals().countDocuments({}), entries };
}

async function run({ seconds: most, seed, size = 1, one_fund: oneFund = false }) {
  const next = chance(seed), began = seconds();
  let made = 0;
  while (seconds() - began < most) {
    const spends = batch(next, `r${seed}`, made, size, oneFund ? 2 + next(FUNDS - 20) : undefined);
    if (size === 1) await post(spends[0]); else await postMany(spends);
    made += size;
  }
  return { n: made, s: seconds() - began };
}

async function fill({ fund, n, seed }) {
  const next = chance(seed), began = seconds();
  for (let made = 0; made < n; made += 100) await postMany(batch(next, `f${seed}`, made, 100, fund ?? undefined));
  return { s: seconds() - began };
}

async function balance({ fund, reps = 20 }) {
  const ms = [];
  let pence = 0;
  for (let time = 0; time < reps; time += 1) {
    const began = performance.now();
    pence = (await book(fund).balance({ account: "held" })).balance;
    ms.push(performance.now() - began);
  }
  return { ms, pence };
}

async function deeds() {
  const fund = FUNDS - 1, made = [];
  for (let place = 0; place < 3; place += 1) await post({ fund, payee: place, pence: 1000 + place, key: `deed-${place}` });
  for await (const found of journals().find({ book: `fund-${fund}` }).sort({ _id: 1 })) made.push(found._id);
  const one = made[0], other = made[made.length - 1];
  const more = async (of, by) => {
    await transactions().updateMany({ _journal: of, credit: { $gt: 0 } }, { $inc: { credit: by } });
    await transactions().updateMany({ _journal: of, debit: { $gt: 0 } }, { $inc: { debit: by } });
  };
  const done = {
    amount: () => more(one, 100),
    memo: () => journals().updateOne({ _id: one }, { $set: { memo: "another" } }),
    date: () => journals().updateOne({ _id: one }, { $set: { datetime: new Date(0) } }),
    key: () => transactions().updateMany({ _journal: one }, { $set: { "meta.key": "another" } }),
    order: () => transactions().updateMany({ _journal: one }, { $set: { timestamp: new Date(4e12) } }),
    swapped: async () => { await more(one, 50); await more(other, -50); },
    dropped: async () => { await transactions().deleteMany({ _journal: other }); await journals().deleteOne({ _id: other }); },
  };
  const answer = {};
  for (const [name, deed] of Object.entries(done)) { await deed(); answer[name] = (await verify()).ok ? "not noticed" : "noticed"; }
  return answer;
}

async function setup() {
  await mongoose.connection.dropDatabase();
  await initModels();
  for (let fund = 0; fund < FUNDS; fund += 200) {
    for (let place = 0; place < 200; place += 1) await move(fund + place, "council", "held", OPENING, `open-${fund + place}`);
  }
  return {};
}

const commands = {
  setup, run, fill, balance, deeds,
  verify: async () => { const began = seconds(), found = await verify(); return { s: seconds() - began, ...found }; },
};

async function main() {
  await mongoose.connect(url, { dbName: "bench_medici" });
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try { answer = await commands[command.op](command); } catch (error) { answer = { error: `${error.name}: ${error.message}`.slice(0, 300) }; }
    console.log(JSON.stringify(answer));
  }
  await mongoose.connection.dropDatabase();
  await mongoose.disconnect();
}

main();
