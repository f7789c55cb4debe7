// Makes a database with runs in every state, to look at and to test the page with:
// node packages/browser/scripts/sample.ts FOLDER [--large]. Times are simulated: a run takes
// minutes. `--large` adds a workflow of 1,500 steps, a fan-out of 1,000 and a run of 10,000 steps.
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type AgentMap,
  agentReply,
  prepareWorkflowFile,
  WorkflowEngine,
} from "@automatosx/workflow";
import { SimulatedClock } from "@automatosx/workflow/testing";
import { largeRuns } from "../src/large-runs.ts";
import { sampleAgents } from "../src/sample-agents.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { large: { type: "boolean", default: false } },
});
const folder = resolve(positionals[0] ?? "sample");
mkdirSync(join(folder, ".ax"), { recursive: true });
const database = join(folder, ".ax", "workflow.db");
const source = fileURLToPath(new URL("../sample/", import.meta.url));
for (const name of ["user-auth.yaml", "release.yaml", "docs-refresh.yaml", "plain.yaml"])
  copyFileSync(join(source, name), join(folder, name));

interface Session {
  readonly engine: WorkflowEngine;
  readonly clock: SimulatedClock;
}

/** Lets an engine work that began so long ago. */
async function session(
  agoMs: number,
  act: (session: Session) => Promise<void>,
  agents: (clock: SimulatedClock) => AgentMap = sampleAgents,
): Promise<void> {
  const clock = new SimulatedClock(Date.now() - agoMs);
  const engine = await WorkflowEngine.open({
    database,
    durability: "process",
    agents: agents(clock),
    ports: { clock },
  });
  await act({ engine, clock });
  await Promise.all([engine.close(), clock.advance(MINUTE)]);
}

const start = async (
  { engine }: Session,
  file: string,
  inputs: Record<string, unknown> = {},
): Promise<string> => {
  const path = join(folder, file);
  const run = await engine.start(prepareWorkflowFile(path), {
    inputs,
    startedFrom: { file: path, directory: folder },
  });
  return run.id;
};

// Yesterday: a whole run, whose gate was answered.
await session(DAY + 3 * HOUR, async (at) => {
  const id = await start(at, "user-auth.yaml", { feature: "login with sessions" });
  await at.clock.advance(30 * MINUTE);
  await at.engine.answer(id, "schema-approval", {
    values: { risk: "low", keepDays: 30, personal: ["email"] },
    by: "anna",
    note: "fine",
  });
  await at.clock.advance(2 * HOUR);
});

// Today: completed, failed, cancelled.
await session(6 * HOUR, async (at) => {
  await start(at, "docs-refresh.yaml");
  await at.clock.advance(30 * MINUTE);
  await start(at, "docs-refresh.yaml", { broken: true });
  await at.clock.advance(30 * MINUTE);
  const id = await start(at, "docs-refresh.yaml");
  await at.clock.advance(MINUTE);
  await at.engine.cancel(id, { reason: "not today" });
  await at.clock.advance(10 * MINUTE);
});

// A run that waits for an unknown outcome: its process died while an external step acted.
const agents = (clock: SimulatedClock): AgentMap => ({
  ...sampleAgents(clock),
  publisher: () => new Promise(() => undefined),
});
{
  const clock = new SimulatedClock(Date.now() - 2 * HOUR);
  const engine = await WorkflowEngine.open({
    database,
    durability: "process",
    agents: agents(clock),
    ports: { clock, ids: { next: nextId } },
  });
  await start({ engine, clock }, "release.yaml");
  await clock.advance(20 * MINUTE);
  // Closing the engine stops the attempt, so whether it took effect is not known.
  await Promise.all([engine.close(), clock.advance(MINUTE)]);
}
await session(100 * MINUTE, async (at) => {
  await at.engine.recover();
  await at.clock.advance(MINUTE);
});

// Waits for a person, with a step that has failed.
await session(45 * MINUTE, async (at) => {
  await start(at, "user-auth.yaml");
  await at.clock.advance(40 * MINUTE);
});

if (values.large)
  await session(
    4 * HOUR,
    ({ engine, clock }) => largeRuns(engine, clock),
    (clock) => ({
      "*": async () => {
        await new Promise<void>((resolve) => void clock.setTimer(1000, resolve));
        return agentReply({
          result: "ok",
          usage: { inputTokens: 900, outputTokens: 100, usd: 0.01 },
        });
      },
    }),
  );

console.log(database);

function nextId(): string {
  return crypto.randomUUID();
}
