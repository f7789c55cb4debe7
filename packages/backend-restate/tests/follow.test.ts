import type { JournalEntry } from "@automatosx/schemas";
import { prepareWorkflow } from "@automatosx/workflow";
import { expect, test } from "vitest";
import { RestateBackend } from "../src/index.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";

/** Longer than a test may take: who reads a journal again after this never sees the end. */
const NEVER_MS = 3_600_000;

const chain = prepareWorkflow({
  name: "chain",
  steps: ["a", "b", "c"].map((id, index, ids) => ({
    ...{ id, agentId: "worker", task: "A", dependencies: ids.slice(Math.max(0, index - 1), index) },
  })),
});

test("a follower has the end of a run when the run ends, however seldom it reads", async () => {
  await using trial = await restateInProcess({ worker: () => Promise.resolve("done") });
  const { ingressUrl: url } = trial.server;
  const backend = await RestateBackend.open({ url, pollMs: NEVER_MS });
  const { id } = await backend.start(chain);
  const rows = await rowsOf(backend, id);
  expect(rows.at(-1)?.type).toBe("complete_workflow");
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  expect((await backend.get(id))?.status).toBe("completed");
});

test("a follower that waits is given up at once", async () => {
  const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
  await using trial = await restateInProcess({ worker: () => isDone });
  const { backend } = trial;
  const { id } = await backend.start(chain);
  const stop = new AbortController();
  const rows: JournalEntry[] = [];
  for await (const row of backend.journal(id, { signal: stop.signal })) {
    rows.push(row);
    // While the next read waits for the agent.
    if (rows.length === 1) setTimeout(() => stop.abort(), 0);
  }
  expect(rows.at(-1)?.type).not.toBe("complete_workflow");
  finish();
  expect((await rowsOf(backend, id)).at(-1)?.type).toBe("complete_workflow");
});

test("commands that meet the ends of segments are each performed once", async () => {
  await using trial = await restateInProcess(
    { worker: () => Promise.resolve("done") },
    { segmentEvents: 1 },
  );
  const { backend } = trial;
  const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
  const { id } = await backend.start(
    prepareWorkflow({
      name: "signals",
      steps: names.flatMap((name) => [
        { id: `before-${name}`, agentId: "worker", task: "A" },
        { id: name, wait: { signal: name }, dependencies: [`before-${name}`] },
      ]),
    }),
  );
  const outcomes = await Promise.all(
    names.map((name) => backend.send(id, { verb: "signal", name, signalId: name })),
  );
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  while ((await backend.get(id))?.status !== "completed") await rowsOf(backend, id);
  const rows = await rowsOf(backend, id);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  const received = rows.filter(({ type }) => type === "signal_received");
  expect(received).toHaveLength(names.length);
});

test("a follower that waits is no unfinished work of its worker", async () => {
  const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
  await using trial = await restateInProcess({ worker: () => isDone });
  const { backend, server } = trial;
  const running = async (): Promise<readonly string[]> => {
    const found = await server.sql(
      "SELECT target_handler_name AS handler FROM sys_invocation WHERE status = 'running'",
    );
    return found.map(({ handler }) => String(handler)).toSorted(byText);
  };
  const { id } = await backend.start(chain);
  const rows = rowsOf(backend, id);
  while ((await running()).join() !== "attempt,begin,rows") continue;
  // The calls of the start may just be ending.
  const unfinished = async () =>
    (await backend.check()).deployments.map((deployment) => deployment.unfinished);
  await expect.poll(unfinished, { timeout: 15_000 }).toEqual([2]);
  finish();
  expect((await rows).at(-1)?.type).toBe("complete_workflow");
});

const byText = (one: string, other: string): number => one.localeCompare(other);
