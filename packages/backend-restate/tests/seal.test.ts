import { prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { RestateBackend } from "../src/index.js";
import { Seal } from "../src/Seal.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";

const KEY = "0123456789abcdef".repeat(4);
const OTHER = "f".repeat(64);

describe("a sealed backend", () => {
  test("stores nothing that its server can read, and works as before", async () => {
    const canary = "canary-91c2";
    await using trial = await restateInProcess(
      { worker: ({ task }) => Promise.resolve(`${task} done`) },
      { sealingKey: KEY },
    );
    const { server } = trial;
    const place = { url: server.ingressUrl, adminUrl: server.adminUrl, pollMs: 20 };
    const backend = await RestateBackend.open({ ...place, sealingKey: KEY });
    const workflow = prepareWorkflow(`
name: sealed
steps:
  - { id: a, agentId: worker, task: "${canary}" }
  - { id: ask, gate: { ask: "\${{ steps.a.output }}?" }, dependencies: [a] }
`);
    const { id } = await backend.start(workflow);
    await rowsOf(backend, id);
    const answer = { approved: true, note: canary };
    expect(await backend.send(id, { verb: "answer", stepId: "ask", answer })).toEqual({ ok: true });
    const rows = await rowsOf(backend, id);
    expect(rows.at(-1)?.type).toBe("complete_workflow");
    expect(JSON.stringify(rows)).toContain(canary);
    expect((await backend.list()).map(({ runId }) => runId)).toEqual([id]);
    const stored = await server.sql("SELECT encode(value, 'base64') AS v FROM state");
    const texts = stored.map(({ v }) => Buffer.from(String(v), "base64").toString("latin1"));
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => text.includes(canary))).toEqual([]);

    const stranger = await RestateBackend.open({ ...place, sealingKey: OTHER });
    await expect(stranger.get(id)).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("Seal", () => {
  test("seals equal texts equally, and opens them", () => {
    const seal = new Seal(KEY);
    const text = Buffer.from("a text");
    expect(seal.encode(text)).toEqual(new Seal(KEY).encode(text));
    expect(Buffer.from(seal.open(seal.encode(text)))).toEqual(text);
    expect(seal.open(text)).toBe(text);
  });

  test("refuses a key that is not one", () => {
    expect(() => new Seal("secret")).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
