import path from "node:path";
import { createContext, Script } from "node:vm";
import { gzipSync } from "node:zlib";
import type { RunOrigin } from "@automatosx/run-view";
import type { JournalEntry } from "@automatosx/schemas";
import { rolldown } from "rolldown";
import { beforeAll, describe, expect, test } from "vitest";
import { type RunHandle, RunReader } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

// The page folds with the very machine that decided, gates, budgets and all.
const MAX_GZIPPED_BYTES = 82 * 1024;
/** How much the sentences about a run, its steps and its events may add. */
const MAX_WORDS_BYTES = 13 * 1024;
const LARGE = "x".repeat(300_000);
const published = path.join(import.meta.dirname, "..", "..", "dist", "run-view", "index.js");

/**
 * Acts like a web page: folds entries sent by a server as JSON, and shows a stub for each large
 * result.
 */
const PAGE = `
const view = new runView.RunView(sent.origin, { artifact: (sha256) => ({ $result: sha256 }) });
const seen = sent.entries.map((entry) => {
  const events = view.apply(entry);
  return { events, status: view.status, counts: view.counts(), active: view.activeSteps() };
});
JSON.stringify({
  seen,
  steps: view.steps(),
  attempts: view.steps().map(({ id }) => view.attempts(id)),
  results: view.results(),
  metrics: view.metrics(),
  checkpoints: view.checkpoints(),
});
`;

/** The published entry \`@automatosx/workflow/run-view\` with the core, as a page would load it. */
async function bundleForPage(names?: readonly string[]): Promise<string> {
  const page = names === undefined ? `export * from "run-view";` : namedExports(names);
  const bundle = await rolldown({
    input: "page",
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "page",
        resolveId: (id) => ({ page: "\0page", "run-view": published })[id] ?? null,
        load: (id) => (id === "\0page" ? page : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", name: "runView", minify: true });
  expect(output.map(({ type }) => type)).toEqual(["chunk"]);
  return output[0].code;
}

function namedExports(names: readonly string[]): string {
  return `export { ${names.join(", ")} } from "run-view";`;
}

/** A run with a retry, a large result and a restored checkpoint. */
async function eventfulRun(b: Bench): Promise<RunHandle> {
  const run = await b.engine.start(
    workflow({
      a: { checkpoint: "early" },
      b: { dependencies: ["a"], retry: { max: 1, backoff: 10, jitter: "none" } },
      large: ["b"],
      hangs: ["large"],
    }),
  );
  await b.clock.advanceUntil(untilStarted(run, "hangs"));
  await run.pause({ stopAgents: true });
  await b.clock.advanceUntil(run.ending);
  const early = b.engine.checkpoints.listCheckpoints(run.id).find(({ name }) => name === "early");
  const resumed = await b.engine.resume(early?.checkpointId ?? "");
  await b.clock.settle();
  return resumed;
}

async function untilStarted(run: RunHandle, stepId: string): Promise<void> {
  for await (const event of run.events())
    if (event.type === "step_started" && event.stepId === stepId) return;
}

describe("run-view, bundled for a browser with the core", () => {
  let code = "";
  beforeAll(async () => {
    code = await bundleForPage();
  });

  test("is at most 82 KiB, gzipped, and 13 KiB more with the words", async () => {
    const view = gzipSync(await bundleForPage(["RunView", "JournalError"])).byteLength;
    const words = gzipSync(code).byteLength - view;
    process.stdout.write(`run-view with the core: ${view} bytes gzipped, words: ${words}\n`);
    expect(view).toBeLessThanOrEqual(MAX_GZIPPED_BYTES);
    expect(words).toBeLessThanOrEqual(MAX_WORDS_BYTES);
  });

  test("contains no imports, no Node APIs and no Zod", () => {
    expect(code).not.toMatch(
      /\bimport[\s("'`]|\brequire\(|\bprocess\.|\bBuffer\b|["'`]node:|ZodError|_zod/,
    );
  });

  test("sees the same run as the engine, in a realm with only JavaScript built-ins", async () => {
    await using b = await bench({
      b: [{ error: "once" }, { result: 2 }],
      large: { result: LARGE },
      hangs: { hangs: true },
    });
    const run = await eventfulRun(b);
    const { storage } = b.engine;
    const reader = RunReader.open(storage, run.id);
    const { view } = reader;
    const entries = [...storage.readJournal(run.id)];
    const seen = entries.map(({ seq }) => {
      const events = [...reader.advance(seq)];
      return { events, status: view.status, counts: view.counts(), active: view.activeSteps() };
    });
    const page = runPage(code, { origin: view.origin, entries });
    const engine = JSON.parse(
      JSON.stringify({
        seen,
        steps: view.steps(),
        attempts: view.steps().map(({ id }) => view.attempts(id)),
        results: view.results(),
        metrics: view.metrics(),
        checkpoints: view.checkpoints(),
      }),
    ) as unknown;
    expect(JSON.stringify(engine)).toContain(LARGE);
    expect(withStubs(page)).toEqual(withStubs(engine));
    expect({ restored: view.wasRestored, running: view.counts().running }).toEqual({
      restored: true,
      running: 1,
    });
  });
});

function runPage(
  code: string,
  sent: { readonly origin: RunOrigin; readonly entries: readonly JournalEntry[] },
): unknown {
  const realm = createContext(Object.create(null));
  const script = `${code}\nconst sent = ${JSON.stringify(sent)};\n${PAGE}`;
  return JSON.parse(new Script(script).runInContext(realm) as string);
}

/** Replaces the large result with the same word in both, because the page has only a stub. */
function withStubs(seen: unknown): unknown {
  return JSON.parse(JSON.stringify(seen), (_key, value: unknown) =>
    value === LARGE || (typeof value === "object" && value !== null && "$result" in value)
      ? "large"
      : value,
  );
}
