import { type RestateServer, startRestate } from "@automatosx/test-servers/restate";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Folder } from "../harness/axw.js";

vi.setConfig({ testTimeout: 60_000 });

const FILES = {
  "agents.yaml": `agents:
  echo: {command: [sh, -c, 'read -r task; echo "$task" >> launches; echo "$task"']}
  slow: {command: [sh, -c, 'read -r task; echo "$task" >> launches; while [ ! -e go ]; do sleep 0.02; done; echo "$task"']}
`,
  "release.yaml": `id: release
steps:
  - { id: plan, agentId: echo, task: the parser }
  - { id: audit, workflow: ./audit.yaml, with: { of: "\${{ steps.plan.output }}" }, dependencies: [plan] }
  - { id: mail, agentId: echo, task: mail, dependencies: [audit] }
outputs: { verdict: "\${{ steps.audit.output.verdict }}" }
`,
  "audit.yaml": `id: audit
inputs: { of: { type: string } }
steps:
  - { id: look, agentId: echo, task: "looked at \${{ inputs.of }}" }
  - { id: review, gate: { ask: "Release \${{ inputs.of }}?" }, dependencies: [look] }
  - { id: file, agentId: slow, task: file, dependencies: [review] }
outputs: { verdict: "\${{ steps.review.output.approved }}" }
`,
};

let server: RestateServer;
beforeAll(async () => {
  server = await startRestate();
});
afterAll(() => server[Symbol.asyncDispose]());

async function onRestate() {
  const folder = new Folder(FILES);
  const { ingressUrl, adminUrl } = server;
  const port = new URL(adminUrl).port;
  const env = { AXW_BACKEND: `${ingressUrl.replace("http", "restate")}?admin=${port}` };
  const worker = folder.start(["worker", "--listen", "127.0.0.1:0", "--register"], env);
  await worker.until(/worker \d+ on restate:.* at http:/);
  return { folder, env };
}

/** What is printed, without instants, durations and the place of the runs. */
const plain = (text: string): string =>
  text
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s)\b/g, "TIME")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, "DATE")
    .replaceAll(/just now|\d+s ago/g, "AGO")
    .replaceAll(/ +/g, " ")
    .split("\n")
    .filter(
      (line) => !/^(started|updated|backend|folder|agents|created|file|from)\b/.test(line.trim()),
    )
    .map((line) => line.trimEnd())
    .join("\n");

describe("a child run on Restate", () => {
  test("is listed, shown and explained as in the embedded engine", async () => {
    const { folder, env } = await onRestate();
    const embedded = new Folder(FILES);
    const run = ["run", "release.yaml", "--run-id", "same"];
    expect((await embedded.here([...run, "--agents", "agents.yaml"])).code).toBe(3);
    expect((await folder.here(run, env)).code).toBe(3);
    for (const args of [
      ["show", "same"],
      ["show", "same.audit"],
      ["gates", "same"],
      ["why", "same", "audit"],
      ["why", "same", "audit.look"],
      ["result", "same", "audit.look"],
    ]) {
      const there = await folder.here(args, env);
      const here = await embedded.here(args);
      expect([args, there.code, plain(there.stdout)]).toEqual([
        args,
        here.code,
        plain(here.stdout),
      ]);
    }
    const listed = async (from: Folder, given = {}): Promise<readonly string[]> =>
      plain((await from.here(["list", "--children"], given)).stdout)
        .split("\n")
        .filter((line) => line.startsWith("same"));
    expect(await listed(folder, env)).toEqual(await listed(embedded));
    folder.write("go");
    const { code, stderr } = await folder.here(["approve", "same", "audit.review"], env);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    await vi.waitUntil(async () => (await folder.here(["result", "same"], env)).code === 0, {
      timeout: 20_000,
    });
    expect((await folder.here(["result", "same"], env)).stdout).toBe('{"verdict":true}\n');
  });

  test("is adopted with its parent, in the middle of an attempt", async () => {
    const { folder, env } = await onRestate();
    await folder.here(["run", "release.yaml", "--run-id", "left"], env);
    folder.start(["approve", "left", "audit.review"], env);
    await folder.untilLaunched(3);
    const alone = await folder.here(["resume", "left.audit", "--adopt"], env);
    expect([alone.code, alone.stderr]).toEqual([
      6,
      expect.stringMatching(/left\.audit cannot be adopted alone[^]*Adopt left/),
    ]);
    const adopted = folder.start(["resume", "left", "--adopt"], env);
    await folder.untilLaunched(4);
    folder.write("go");
    expect((await adopted.ended).code).toBe(0);
    expect(folder.launches()).toEqual([
      "the parser",
      "looked at the parser",
      "file",
      "file",
      "mail",
    ]);
  });
});
