import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@automatosx/test-servers/postgres";
import { startRestate } from "@automatosx/test-servers/restate";
import { openSqliteStorage, prepareWorkflow } from "@automatosx/workflow";
import { expect, test } from "vitest";
import { RestateBackend, serveRestateWorker } from "../src/index.js";

const CHAIN = prepareWorkflow({
  id: "chain",
  name: "chain",
  steps: ["a", "b", "c"].map((id, index, ids) => ({
    id,
    agentId: "worker",
    task: id,
    dependencies: ids.slice(Math.max(0, index - 1), index),
  })),
});

test("a worker that drains hands its run to a newer one, and repeats nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "axw-restate-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = stack.use(await startRestate());
  const { ingressUrl: url, adminUrl } = server;
  const storage = openSqliteStorage({ path: join(folder, "rows.db") });
  stack.defer(() => storage.close());

  const started: string[] = [];
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const serve = async (name: string): Promise<Awaited<ReturnType<typeof serveRestateWorker>>> =>
    serveRestateWorker({
      listen: `127.0.0.1:${await freePort()}`,
      ...{ adminUrl, ingressUrl: url, sink: storage, register: true, segmentEvents: 100 },
      agents: {
        worker: async ({ task, attemptNumber }) => {
          started.push(`${name} ${task}#${attemptNumber}`);
          if (task !== "b") return task;
          begun.resolve();
          await mayEnd;
          // Large enough to be kept outside of the journal.
          return "b".repeat(100_000);
        },
      },
    });
  const first = await serve("first");
  await using backend = await RestateBackend.open({ url, adminUrl, pollMs: 20 });
  const { id } = await backend.start(CHAIN);
  await begun.promise;
  const second = await serve("second");
  stack.defer(() => second.stop());
  const drained = first.drain(30_000);
  letEnd();
  const types: string[] = [];
  for await (const { type } of backend.journal(id)) types.push(type);
  await drained;

  expect(started).toEqual(["first a#1", "first b#1", "second c#1"]);
  expect(types.filter((type) => type === "step_completed")).toHaveLength(3);
  expect((await backend.get(id))?.status).toBe("completed");
  expect([...storage.readJournal(id)].map(({ type }) => type)).toEqual(types);
  const { deployments } = await backend.check();
  expect(deployments.filter(({ unfinished }) => unfinished > 0)).toEqual([]);
});
