import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, type AgentRequest, agentReply, prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { type Play, playOnBoth, restateInProcess, rowsOf } from "./support/both-backends.ts";

const echo = (request: { readonly task: string }) => Promise.resolve(request.task);

async function expectSameRows(make: () => Play): Promise<void> {
  const { embedded, restate } = await playOnBoth(make);
  expect(restate).toEqual(embedded);
  expect(restate.length).toBeGreaterThan(5);
}

describe("a run on Restate has the rows of the embedded engine", () => {
  test("with a gate that is rejected, then a handler", async () => {
    await expectSameRows(() => ({
      workflow: prepareWorkflow(`
name: gate
steps:
  - { id: build, agentId: worker, task: Build }
  - { id: approve, gate: { ask: "Deploy \${{ steps.build.output }}?" }, dependencies: [build] }
  - { id: deploy, agentId: worker, task: Deploy, dependencies: [approve] }
on:
  failure: [{ id: report, agentId: worker, task: Report }]
`),
      agents: { worker: echo },
      steps: [
        { verb: "answer", stepId: "approve", answer: { approved: false, by: "ann", note: "no" } },
      ],
    }));
  });

  test("with a gate that is approved, a signal, and a wait", async () => {
    await expectSameRows(() => ({
      workflow: prepareWorkflow(`
name: waits
steps:
  - { id: approve, gate: { ask: "Go?" } }
  - { id: settle, wait: 1s, dependencies: [approve] }
  - { id: paid, wait: { signal: paid }, dependencies: [settle] }
  - { id: ship, agentId: worker, task: "Ship \${{ steps.paid.output.order }}", dependencies: [paid] }
`),
      agents: { worker: echo },
      steps: [
        { verb: "answer", stepId: "approve", answer: { approved: true } },
        { verb: "signal", name: "paid", data: { order: 7 }, signalId: "s-1" },
      ],
    }));
  });

  test("with a fan-out, a condition and a loop", async () => {
    await expectSameRows(() => ({
      workflow: prepareWorkflow(`
name: shapes
inputs: { files: { type: array, default: [a, b, c] } }
steps:
  - id: review
    foreach: { in: "\${{ inputs.files }}" }
    agentId: worker
    task: "Review \${{ item }}"
  - { id: never, if: "\${{ steps.review.output[0] == 'x' }}", agentId: worker, task: No, dependencies: [review] }
  - id: refine
    loop: { max: 3, until: "\${{ steps.try.output == 'Try 2' }}" }
    dependencies: [review]
    steps: [{ id: try, agentId: worker, task: "Try \${{ round }}" }]
limits: { concurrency: 1 }
`),
      agents: { worker: echo },
      steps: [],
    }));
  });

  test("with an edited result, reopened steps and another definition", async () => {
    const source = (last: string): string => `
name: back
steps:
  - { id: a, agentId: worker, task: A }
  - { id: b, agentId: worker, task: "B \${{ steps.a.output }}", dependencies: [a] }
  - { id: wait, gate: { ask: "Go on?" }, dependencies: [b] }
  - { id: c, agentId: worker, task: "${last} \${{ steps.b.output }}", dependencies: [wait] }
`;
    await expectSameRows(() => ({
      workflow: prepareWorkflow(source("C")),
      agents: { worker: echo },
      steps: [
        { verb: "edit", stepId: "a", result: "edited", by: "ann" },
        { verb: "resume" },
        { verb: "reopen", stepIds: ["b"], downstream: true },
        { verb: "resume" },
        { amend: prepareWorkflow(source("D")) },
        { verb: "resume" },
        { verb: "answer", stepId: "wait", answer: { approved: true } },
      ],
    }));
  });

  test("with a budget that is used up and raised", async () => {
    await expectSameRows(() => ({
      workflow: prepareWorkflow(`
name: budget
budget: { tokens: 100 }
steps:
  - { id: a, agentId: worker, task: A }
  - { id: b, agentId: worker, task: B, dependencies: [a] }
`),
      agents: {
        worker: () =>
          Promise.resolve(
            agentReply({ result: "done", usage: { inputTokens: 90, outputTokens: 20 } }),
          ),
      },
      steps: [{ verb: "budget", budget: { tokens: 1000 } }, { verb: "resume" }],
    }));
  });

  test("with files that steps declare, and that later steps read and replace", async () => {
    const appended = async ({ runDirectory = "", task }: AgentRequest) => {
      const path = join(runDirectory, "notes/all.txt");
      await mkdir(join(path, ".."), { recursive: true });
      const before = await readFile(path, "utf8").catch(() => "");
      await writeFile(path, `${before}${task}\n`);
      return before;
    };
    await expectSameRows(() => ({
      workflow: prepareWorkflow(`
name: files
steps:
  - { id: a, agentId: writer, task: one, files: [notes/all.txt] }
  - { id: b, agentId: writer, task: two, files: [notes/all.txt], dependencies: [a] }
  - { id: c, agentId: bytes, task: Bytes, files: [raw.bin], dependencies: [a] }
  - { id: d, agentId: reader, task: Read, dependencies: [b, c] }
limits: { concurrency: 1 }
`),
      agents: {
        writer: appended,
        bytes: async ({ runDirectory = "" }: AgentRequest) => {
          await writeFile(join(runDirectory, "raw.bin"), Buffer.from([0, 255, 254]));
          return "x".repeat(20_000);
        },
        reader: async ({ runDirectory = "" }: AgentRequest) => ({
          notes: await readFile(join(runDirectory, "notes/all.txt"), "utf8"),
          raw: await readFile(join(runDirectory, "raw.bin"), "hex"),
        }),
      },
      steps: [],
    }));
  });

  test("with a failure, a named checkpoint and a resume", async () => {
    await expectSameRows(() => {
      let tries = 0;
      return {
        workflow: prepareWorkflow(`
name: failing
steps:
  - { id: a, agentId: worker, task: A }
  - { id: b, agentId: flaky, task: B, dependencies: [a], retries: 1 }
`),
        agents: {
          worker: echo,
          flaky: () => {
            tries += 1;
            if (tries < 3) throw new AgentError("not yet", { class: "transient" });
            return Promise.resolve("done");
          },
        },
        steps: [{ verb: "resume" }],
      };
    });
  });
});

test("an attempt that a pause stops is interrupted, whatever segment records it", async () => {
  const begun = Promise.withResolvers<void>();
  const hanging = ({ signal }: AgentRequest): Promise<never> =>
    new Promise((_, reject) => {
      begun.resolve();
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  await using trial = await restateInProcess({ worker: hanging }, { segmentEvents: 1 });
  const { backend } = trial;
  const { id } = await backend.start(
    prepareWorkflow("name: one\nsteps: [{ id: a, agentId: worker, task: A }]"),
  );
  await begun.promise;
  await backend.send(id, { verb: "pause", stopAgents: true });
  const rows = await rowsOf(backend, id);
  const failed = rows.find(({ type }) => type === "step_failed");
  expect(JSON.parse(failed?.payload ?? "{}")).toMatchObject({
    error: "the engine was stopped",
    reason: "interrupted",
  });
});

test("a run that waits for a gate continues by itself when the gate expires", async () => {
  await using trial = await restateInProcess({ worker: echo });
  const { backend, server } = trial;
  const { id } = await backend.start(
    prepareWorkflow(`
name: expiring
steps:
  - { id: ask, gate: { ask: "Go?", expires: 4s, onExpire: approve } }
  - { id: b, agentId: worker, task: B, dependencies: [ask] }
`),
  );
  await rowsOf(backend, id);
  expect((await backend.get(id))?.status).toBe("paused");
  const live = "SELECT target FROM sys_invocation WHERE status IN ('running', 'suspended')";
  while ((await server.sql(live)).length > 0) continue;
  while ((await backend.get(id))?.status !== "completed")
    await new Promise((resolve) => setTimeout(resolve, 50));
  const rows = await rowsOf(backend, id);
  expect(rows.filter(({ type }) => type === "resume_workflow")).toHaveLength(1);
});

test("the files of a lost attempt are gone, so no answer says that it took effect", async () => {
  await using trial = await restateInProcess({
    worker: () => {
      throw new AgentError("lost", { class: "unknown" });
    },
  });
  const { backend } = trial;
  const { id } = await backend.start(
    prepareWorkflow(`
name: lost
steps:
  - { id: pay, agentId: worker, task: Pay, effect: external, files: [receipt.txt] }
`),
  );
  await rowsOf(backend, id);
  const done = { verb: "answer", stepId: "pay", answer: { done: true, result: 1 } } as const;
  expect(await backend.send(id, done)).toMatchObject({ ok: false, code: "invalid_answer" });
  expect(await backend.send(id, { ...done, answer: { done: false } })).toEqual({ ok: true });
});
