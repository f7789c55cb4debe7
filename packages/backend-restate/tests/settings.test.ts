import { prepareWorkflow } from "@automatosx/workflow";
import { expect, test } from "vitest";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";

test("a run that has ended leaves its state and the results of its attempts, and no journal", async () => {
  await using trial = await restateInProcess({ worker: () => Promise.resolve("done") });
  const { backend, server } = trial;
  const steps = ["a", "b", "c"].map((id) => ({ id, agentId: "worker", task: "A" }));
  const { id } = await backend.start(prepareWorkflow({ name: "n", steps }));
  await rowsOf(backend, id);
  const unfinished = "SELECT target FROM sys_invocation WHERE status <> 'completed'";
  while ((await server.sql(unfinished)).length > 0) continue;
  expect(await server.sql("SELECT count(*) AS n FROM sys_journal")).toEqual([{ n: 0 }]);
  const kept = await server.sql(
    "SELECT DISTINCT target FROM sys_invocation WHERE idempotency_key IS NULL",
  );
  expect(kept).toEqual([]);
  await backend.remove(id);
  expect(await backend.get(id)).toBeUndefined();
  expect(await server.sql("SELECT key FROM state")).toEqual([]);
});

test("no service gives up", async () => {
  await using trial = await restateInProcess({ worker: () => Promise.resolve("done") });
  const answer = await fetch(`${trial.server.adminUrl}/services`);
  const { services } = (await answer.json()) as {
    services: { name: string; retry_policy?: { max_attempts?: number; max_interval?: string } }[];
  };
  expect(services.map(({ name }) => name).toSorted()).toEqual([
    "axw_agent_worker",
    "axw_client",
    "axw_inbox",
    "axw_run",
  ]);
  for (const { retry_policy: policy } of services) {
    expect(policy?.max_attempts).toBe(2_147_483_647);
    expect(policy?.max_interval).toBe("5s");
  }
});
