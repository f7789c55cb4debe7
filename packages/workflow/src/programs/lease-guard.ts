/**
 * The program of a lease guard: ends the programs of runs whose leases are about to end, although
 * their engine cannot: it is suspended, blocked or dead. Started by `LeaseGuard`, whose messages it
 * reads, one JSON value per line. It ends once it has no program left to guard and its engine has
 * gone.
 *
 * All instants are on the monotonic clock of the machine, in ms, which both processes read.
 */

import { createInterface } from "node:readline";
import { monotonicNow } from "../ports.js";
import { identify } from "../storage/process-identity.js";
import type { GuardMessage } from "./guard-messages.js";
import { sweepDescendants } from "./sweep-descendants.js";

/** How often to look, in ms. */
const LOOK_MS = 50;

type Guarded = Extract<GuardMessage, { readonly type: "program" }>;

/** The programs, by process id. */
const programs = new Map<number, Guarded>();
/** When to end the programs of each run. */
const endAt = new Map<string, number>();
let hasEngine = true;
let sweeps = 0;

function receive(message: GuardMessage): void {
  switch (message.type) {
    case "program":
      programs.set(message.pid, message);
      endAt.set(message.runId, message.endAt);
      break;
    case "ended":
      programs.delete(message.pid);
      break;
    case "leases":
      for (const [runId, at] of message.endAt) endAt.set(runId, at);
      break;
    case "closed":
      programs.clear();
      break;
  }
}

function look(): void {
  const now = monotonicNow();
  for (const [pid, program] of programs) {
    if ((endAt.get(program.runId) ?? now) > now) continue;
    programs.delete(pid);
    void end(program);
  }
  const guarded = new Set([...programs.values()].map(({ runId }) => runId));
  for (const runId of endAt.keys()) if (!guarded.has(runId)) endAt.delete(runId);
  if (!hasEngine && programs.size === 0 && sweeps === 0) process.exit();
}

async function end({ pid, processStart, idempotencyKey, token }: Guarded): Promise<void> {
  sweeps += 1;
  try {
    // The id may belong to another process by now.
    const isSame = identify(pid).processStart === processStart;
    const marks = { idempotencyKey, tokens: [token] };
    await sweepDescendants(isSame ? { ...marks, groupId: pid } : marks, 0);
  } catch {
    // It outlives KILL: the next owner reports that when it reclaims the attempt.
  } finally {
    sweeps -= 1;
  }
}

process.title = "axw lease guard";
createInterface({ input: process.stdin })
  .on("line", (line) => receive(JSON.parse(line) as GuardMessage))
  .on("close", () => {
    hasEngine = false;
  });
setInterval(look, LOOK_MS);
