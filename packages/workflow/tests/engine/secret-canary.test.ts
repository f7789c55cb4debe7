import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { WorkflowEngine } from "../../src/index.js";
import { backUpDatabase } from "../../src/salvage/index.js";

const CANARY = "c4n4ry/Key+1%! of the host";

/** Every spelling in which the secret must not be found. */
const SPELLINGS = [
  CANARY,
  Buffer.from(CANARY).toString("base64"),
  Buffer.from(CANARY).toString("base64url"),
  encodeURIComponent(CANARY),
  new URLSearchParams({ a: CANARY }).toString().slice(2),
  JSON.stringify(CANARY).slice(1, -1),
];

// Each step gives the secret away in another way; one of them fails.
const WORKFLOW = `
id: canary
steps:
  - id: plain
    run: { script: 'echo "$TOKEN"; echo "$TOKEN" >&2', env: { TOKEN: "\${{ secrets.TOKEN }}" } }
    checkpoint: after-plain
  - id: split
    dependencies: [plain]
    run:
      script: |
        process.stdout.write(process.env.TOKEN.slice(0, 9));
        setTimeout(() => process.stdout.write(process.env.TOKEN.slice(9)), 150);
      shell: [node]
      env: { TOKEN: "\${{ secrets.TOKEN }}" }
  - id: encoded
    dependencies: [split]
    run:
      script: |
        const { TOKEN } = process.env;
        const base64 = Buffer.from("user:" + TOKEN).toString("base64");
        console.log(base64, Buffer.from(TOKEN).toString("base64url"));
        console.error(encodeURIComponent(TOKEN), new URLSearchParams({ a: TOKEN }).toString());
      shell: [node]
      env: { TOKEN: "\${{ secrets.TOKEN }}" }
  - id: typed
    dependencies: [encoded]
    run:
      script: 'console.log(JSON.stringify({ token: process.env.TOKEN, [process.env.TOKEN]: 1 }))'
      shell: [node]
      env: { TOKEN: "Bearer \${{ secrets.TOKEN }}" }
    output: { type: object }
  - id: used
    dependencies: [typed]
    run: [echo, "\${{ steps.plain.output }} \${{ steps.typed.output.token }}"]
  - id: misfit
    dependencies: [used]
    run: { script: 'echo "$TOKEN"', env: { TOKEN: "\${{ secrets.TOKEN }}" } }
    output: { type: array }
    continueOnError: true
  - id: expression
    dependencies: [used]
    run: { command: [env], env: { TOKEN: "\${{ number(secrets.TOKEN) }}" } }
    continueOnError: true
  - id: fails
    dependencies: [misfit, expression]
    run:
      script: 'echo "error: the token $TOKEN is refused" >&2; exit 1'
      env: { TOKEN: "\${{ secrets.TOKEN }}" }
    retries: 1
    retry: { backoff: 1ms, jitter: none }
`;

/** The files below a folder, by path. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Where a spelling of the secret occurs, as \`place: spelling\`. */
function leaks(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([place, text]) =>
    SPELLINGS.filter((spelling) => text.includes(spelling)).map((one) => `${place}: ${one}`),
  );
}

test("a secret is in no table, file, event, checkpoint, log, error or result of its run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = join(folder, "workflow.db");
  const engine = await WorkflowEngine.open({
    database,
    secrets: (name) => (name === "TOKEN" ? CANARY : undefined),
  });
  const run = await engine.start(WORKFLOW);
  const ending = await run.ending;
  const events: unknown[] = [];
  for await (const event of engine.events(run.id)) events.push(event);
  const { storage } = engine;
  const texts = new Map<string, string>([
    ["ending", JSON.stringify(ending)],
    ["events", JSON.stringify(events)],
    ["journal", JSON.stringify([...storage.readJournal(run.id)])],
    ["logs", JSON.stringify(storage.readLogs(run.id))],
    ["attempts", JSON.stringify(storage.listAttempts(run.id))],
    ["definitions", JSON.stringify(storage.listWorkflows())],
    ["run", JSON.stringify(storage.getRun(run.id))],
  ]);
  for (const { checkpointId } of storage.listCheckpoints(run.id))
    texts.set(`checkpoint ${checkpointId}`, JSON.stringify(storage.getCheckpoint(checkpointId)));
  await backUpDatabase({ from: database, to: join(folder, "copy.db") });
  await engine.close();
  for (const path of filesIn(folder)) texts.set(path, readFileSync(path, "latin1"));

  expect(leaks(texts)).toEqual([]);
  // The masks show that the programs did print the secret.
  const streams = storageStreams(texts.get("logs") ?? "[]");
  expect([ending.status, ending.results, streams]).toEqual([
    "failed",
    {
      plain: "***",
      split: "***",
      encoded: expect.stringMatching(/^\S{0,9}\*\*\*\S{0,4} \*\*\*\S{0,2}$/) as string,
      typed: { token: "Bearer ***", "Bearer ***": 1 },
      used: "*** Bearer ***",
    },
    ["stderr", "stdout"],
  ]);
  expect(ending.error).toContain("the token *** is refused");
});

/** The streams in which a mask was logged. */
function storageStreams(logs: string): string[] {
  const masked = (JSON.parse(logs) as { stream: string; text: string }[]).filter(({ text }) =>
    text.includes("***"),
  );
  return [...new Set(masked.map(({ stream }) => stream))].sort();
}
