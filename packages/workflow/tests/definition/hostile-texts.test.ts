import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { WorkflowParser } from "../../src/index.js";
import { HOSTILE_TEXTS } from "./hostile-texts.js";

/** Processor time of this thread. */
const LIMIT_MS = 250;

/**
 * The limit as a multiple of the time for an ordinary workflow of 2,000 steps, 12 ms. It holds on a
 * slow machine, and while coverage is measured, which makes all reading five times as slow.
 */
const LIMIT_RATIO = 20;

/** The heap of a process that reads one text, in MB, with its code and the text itself. */
const HEAP_MB = 64;

describe("hostile text is either refused at a place or harmless", () => {
  test.each(HOSTILE_TEXTS)("$what", { timeout: 60_000 }, ({ text, format, answer }) => {
    const outcome = new WorkflowParser().check(text, format);
    let isInTime = false;
    for (let tries = 0; !isInTime && tries < 5; tries += 1) {
      const ms = readingMs(text, format);
      isInTime = ms <= LIMIT_MS || ms <= LIMIT_RATIO * readingMs(ORDINARY, "yaml");
    }
    const codes = outcome.ok ? ["accepted"] : outcome.issues.map(({ code }) => code);
    expect(codes).toContain(answer);
    expect(isInTime).toBe(true);
    const first = outcome.ok ? undefined : outcome.issues[0];
    const place = first && {
      line: first.line >= 1,
      column: first.column >= 1,
      excerpt: (first.excerpt ?? "").length < 400,
    };
    expect(place ?? { line: true, column: true, excerpt: true }).toEqual({
      line: true,
      column: true,
      excerpt: true,
    });
    expect("polluted" in {}).toBe(false);
  });
});

const ORDINARY = `id: ordinary\nsteps:\n${Array.from({ length: 2000 }, (_, index) => {
  const dependency = index === 0 ? "" : `, dependencies: [step-${index - 1}]`;
  return `  - {id: step-${index}, agentId: writer, task: Write part ${index}.${dependency}}\n`;
}).join("")}`;

function readingMs(text: string, format?: "yaml" | "json"): number {
  const from = process.threadCpuUsage();
  new WorkflowParser().check(text, format);
  const used = process.threadCpuUsage(from);
  return (used.user + used.system) / 1000;
}

const path = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** Reads the text at the position of its argument with the built package. */
const PROGRAM = `
  const { WorkflowParser } = await import(${path("../../dist/index.js")});
  const { HOSTILE_TEXTS } = await import(${path("./hostile-texts.ts")});
  const { text, format } = HOSTILE_TEXTS[process.argv[1]];
  console.log(new WorkflowParser().check(text, format).issues[0]?.code ?? "accepted");`;

describe(`hostile text is read in a heap of ${HEAP_MB} MB`, () => {
  const large = HOSTILE_TEXTS.filter(({ text }) => text.length > 100_000);
  test.each(large)("$what", { timeout: 60_000 }, (hostile) => {
    const flags = [`--max-old-space-size=${HEAP_MB}`, "--max-semi-space-size=4"];
    const position = String(HOSTILE_TEXTS.indexOf(hostile));
    const args = [...flags, "--input-type=module", "--eval", PROGRAM, position];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([status, stdout]).toEqual([0, `${hostile.answer}\n`]);
  });
});
