import { hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Machine, RunQueries, type StepDef, type WorkflowMachine } from "../src/index.js";
import { write } from "../src/ledger/CanonicalJson.res.js";
import { hex } from "../src/ledger/Sha256.res.js";
import { complete, initiate, move, moveAll, preparing, start, step } from "./support/machines.js";

describe("the digest of a text", () => {
  test("is its SHA-256 as UTF-8, as Node computes it", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 300 }));
    fc.assert(fc.property(texts, (text) => hex(text) === hash("sha256", text, "hex")));
  });

  test("counts a lone surrogate as a replacement character", () => {
    expect(hex("a\ud800b")).toBe(hash("sha256", "a\ufffdb", "hex"));
  });

  test("is right at every length around the end of a block", () => {
    for (let length = 50; length < 200; length += 1) {
      const text = "é".repeat(length % 3) + "x".repeat(length);
      expect(hex(text)).toBe(hash("sha256", text, "hex"));
    }
  });
});

describe("canonical JSON", () => {
  test("is the same for a value whatever the order of its keys, and is JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = write(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(write(reversed(value) as never)).toBe(text);
      }),
    );
  });

  test("sorts keys by their UTF-16 units, and leaves out what is undefined", () => {
    expect(write({ b: 1, a: [true, null, 0.5], c: undefined })).toBe('{"a":[true,null,0.5],"b":1}');
  });

  test("has no limit of depth below that of JSON", () => {
    const depth = 3000;
    const text = `${"[".repeat(depth)}1${"]".repeat(depth)}`;
    expect(write(JSON.parse(text))).toBe(text);
  });
});

/** The same value with the keys of its maps in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const);
  return Object.fromEntries(entries.toReversed());
}

/** A run of these steps whose first step `a` is completed with a result. */
function runOf(steps: StepDef[], result: unknown = "x", inputs = {}): WorkflowMachine {
  const [, ...rest] = preparing(steps);
  const machine = moveAll(Machine.make(0), [
    { ...initiate, inputs, runId: "run-1" } as typeof initiate,
    ...rest,
    { type: "steps_scheduled" },
    start("a"),
  ]);
  return move(machine, { ...complete("a"), result } as ReturnType<typeof complete>);
}

const keyOf = (fields: Partial<StepDef>, result?: unknown, inputs?: object): string | undefined =>
  RunQueries.requestKey(
    runOf([step("a"), step("b", { dependencies: ["a"], ...fields })], result, inputs),
    "b",
  );

describe("the key of a request", () => {
  const base = keyOf({});

  test("changes with each part that the step is given", () => {
    const others = [
      keyOf({ task: "another" }),
      keyOf({ agentId: "other" }),
      keyOf({ fallback: { agents: ["second"], on: ["error"] } }),
      keyOf({ with: { depth: 1 } }),
      keyOf({ files: ["a.md"] }),
      keyOf({ output: { type: "string" } }),
      keyOf({ check: [{ that: "true" }] }),
      keyOf({ dependencies: [] }),
      keyOf({}, "another result"),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  test("ignores names, limits, retries, conditions and the order of keys", () => {
    const same = [
      keyOf({ name: "B", retries: 3, timeout: 5, parallel: false, continueOnError: true }),
      keyOf({ if: "true", joins: { a: "done" }, totalTimeout: 1000 }),
      keyOf({ checkpoint: "b", estimate: 4, reserve: { usd: 1 } }),
    ];
    expect(new Set([base, ...same]).size).toBe(1);
    expect(keyOf({ with: { a: 1, b: 2 } })).toBe(keyOf({ with: { b: 2, a: 1 } }));
  });

  test("holds the rendered texts, not the templates", () => {
    expect(keyOf({ task: "do ${{ steps.a.output }}" }, "x")).toBe(keyOf({ task: "do x" }, "x"));
    expect(keyOf({ task: "do ${{ inputs.n }}" }, "x", { n: 1 })).not.toBe(
      keyOf({ task: "do ${{ inputs.n }}" }, "x", { n: 2 }),
    );
  });

  test("holds no directory and no secret of the host", () => {
    const run = { command: ["sh", "${{ run.dir }}/x"], env: { TOKEN: "${{ secrets.TOKEN }}" } };
    expect(keyOf({ agentId: "@run", task: "", run })).toBe(
      keyOf({
        agentId: "@run",
        task: "",
        run: { command: ["sh", "{run.dir}/x"], env: { TOKEN: "{secrets.TOKEN}" } },
      }),
    );
  });

  test("is undefined for a request that cannot be evaluated, and for a step that is not entered", () => {
    expect(keyOf({ task: "${{ steps.a.output.missing }}" })).toBeUndefined();
    const waiting = runOf([
      step("a"),
      step("b", { dependencies: ["a"] }),
      step("c", { dependencies: ["b"] }),
    ]);
    expect(RunQueries.requestKey(waiting, "c")).toBeUndefined();
    expect(RunQueries.requestKey(waiting, "ghost")).toBeUndefined();
  });
});
