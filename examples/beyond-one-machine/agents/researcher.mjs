// Reads a task, works for a moment and answers with the name of the machine that did it.

import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { setTimeout as work } from "node:timers/promises";

const [, topic = "they"] = /what (\S+) are for/.exec(await text(process.stdin)) ?? [];
await work(200);
console.log(`On ${hostname()}: ${topic} make it possible to stop and continue.`);
