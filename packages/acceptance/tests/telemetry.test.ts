import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { axw } from "./support/axw.js";
import { indexFile, play } from "./support/language-cases.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const before = { ...process.env };

/** Loads a module into every `axw` that the test starts. */
function load(module: string, env: Readonly<Record<string, string>>): void {
  Object.assign(process.env, env, { NODE_OPTIONS: `--import ${fixture(module)}` });
}
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

describe("what an engine publishes", () => {
  test("pairs beginnings and ends in every case of the language", async () => {
    const at = sandbox();
    const file = path.join(at, "facts.json");
    load("check-facts.mjs", { CHECKED_FACTS: file });
    const played = await play(at, "--index", indexFile);
    const { problems, counts } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly problems: readonly string[];
      readonly counts: Readonly<Record<"run:end" | "step:end" | "attempt:end", number>>;
    };
    expect({
      problems,
      others: played.filter(({ outcome }) => outcome !== "passed"),
      hasMany: [counts["run:end"], counts["step:end"], counts["attempt:end"]].every(
        (count) => count > 100,
      ),
    }).toEqual({ problems: [], others: [], hasMany: true });
  });
});

describe("a run of `axw`", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";
  const workflow = path.join(root, "packages", "workflow");

  test("is traced by a module that Node loads, in the trace of its caller, and so are its programs", async () => {
    const at = sandbox();
    const spans = path.join(at, "spans.ndjson");
    const sdk = createRequire(path.join(workflow, "package.json")).resolve(
      "@opentelemetry/sdk-trace",
    );
    load("export-spans.mjs", {
      EXPORTED_SPANS: spans,
      TRACE_SDK: pathToFileURL(sdk).href,
      TELEMETRY: pathToFileURL(path.join(workflow, "dist", "otel", "index.js")).href,
      TRACEPARENT: `00-${TRACE}-b7ad6b7169203331-01`,
    });
    writeFileSync(
      path.join(at, "flow.yaml"),
      `id: traced
name: Traced
steps:
  - { id: look, run: [node, -p, process.env.TRACEPARENT] }
`,
    );
    const ran = await axw(at, "run", "flow.yaml");
    const seen = (await axw(at, "result", "@last", "look")).stdout.trim();
    const lines = readFileSync(spans, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    const [attempt, step, run] = lines;
    expect([ran.exitCode, ran.stderr, lines.map(({ name, traceId }) => [name, traceId])]).toEqual([
      0,
      expect.any(String),
      [
        ["program look", TRACE],
        ["step look", TRACE],
        ["invoke_workflow Traced", TRACE],
      ],
    ]);
    expect([run?.["parentId"], step?.["parentId"], attempt?.["parentId"], seen]).toEqual([
      "b7ad6b7169203331",
      run?.["spanId"],
      step?.["spanId"],
      `00-${TRACE}-${attempt?.["spanId"]}-01`,
    ]);
  });

  test("passes on the `TRACEPARENT` of its caller where nothing is traced", async () => {
    const at = sandbox();
    const given = `00-${TRACE}-b7ad6b7169203331-01`;
    process.env["TRACEPARENT"] = given;
    const step = "{ id: look, run: [node, -p, process.env.TRACEPARENT] }";
    writeFileSync(path.join(at, "flow.yaml"), `id: plain\nsteps:\n  - ${step}\n`);
    expect((await axw(at, "run", "flow.yaml")).exitCode).toBe(0);
    expect((await axw(at, "result", "@last", "look")).stdout.trim()).toBe(given);
  });
});
