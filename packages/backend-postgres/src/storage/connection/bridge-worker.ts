import { parentPort, workerData } from "node:worker_threads";
import {
  ANSWERED,
  type Answer,
  type BridgeData,
  type Greeting,
  IS_BROKEN,
  type Question,
  SIGNS,
} from "./bridge-protocol.js";
import { Connection } from "./connect.js";
import { describeError, isCollision, isLostConnection } from "./database-error.js";

/** How long to try to connect, in ms: no caller waits for it. */
const CONNECT_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** How often to look for parts of a large result, in ms. */
const SIGNS_EVERY_MS = 20;

const { server, port, flags } = workerData as BridgeData;
let connection: Connection | undefined;
let reconnecting: Promise<void> | undefined;

try {
  connection = await Connection.open(server, CONNECT_MS, () => void reconnect());
  parentPort?.postMessage({} satisfies Greeting, []);
} catch (error) {
  parentPort?.postMessage({ error: describeError(error) } satisfies Greeting, []);
}

let last = Promise.resolve();
port.on("message", (question: Question): void => {
  last = last.then(() => answer(question));
});

async function answer(question: Question): Promise<void> {
  const reply = await ask(question);
  // The message comes first: the caller looks for it when it sees the number. The flag comes last:
  // a caller that raises it because it has waited too long looks for the number afterwards.
  port.postMessage(reply, []);
  Atomics.store(flags, ANSWERED, question.number);
  Atomics.notify(flags, ANSWERED);
  if (!("error" in reply && isLostConnection(reply.error))) Atomics.store(flags, IS_BROKEN, 0);
}

async function ask(question: Question): Promise<Answer> {
  const { number } = question;
  const open = connection;
  let received = open?.received ?? 0;
  const timer = setInterval(() => {
    if (open === undefined || open.received === received) return;
    received = open.received;
    Atomics.add(flags, SIGNS, 1);
  }, SIGNS_EVERY_MS);
  try {
    if (open?.isOpen !== true) {
      void reconnect();
      throw Object.assign(new Error("the connection is broken"), { code: "ECONNRESET" });
    }
    return { number, rows: await runAgain(open, question) };
  } catch (error) {
    return { number, error: describeError(error) };
  } finally {
    clearInterval(timer);
  }
}

// A deadlock or a collision has changed nothing: the same statement may succeed now.
async function runAgain(open: Connection, question: Question) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await open.run(question, question.waitMs);
    } catch (error) {
      if (tries === 3 || !isCollision(describeError(error))) throw error;
    }
  }
}

// Until it succeeds: callers fail at once in the meantime.
function reconnect(): Promise<void> {
  Atomics.store(flags, IS_BROKEN, 1);
  reconnecting ??= connectAgain().finally(() => {
    reconnecting = undefined;
  });
  return reconnecting;
}

async function connectAgain(): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      connection = await Connection.open(server, CONNECT_MS, () => void reconnect());
      Atomics.store(flags, IS_BROKEN, 0);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
