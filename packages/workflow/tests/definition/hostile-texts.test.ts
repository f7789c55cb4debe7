import { describe, expect, test } from "vitest";
import { WorkflowParser } from "../../src/index.js";
import { HOSTILE_TEXTS } from "./hostile-texts.js";

/**
 * Processor time, which does not grow on a busy machine. An attack that succeeds takes minutes or
 * never ends.
 */
const LIMIT_MS = 5000;

describe("hostile text is either refused at a place or harmless", () => {
  test.each(HOSTILE_TEXTS)("$what", { timeout: 60_000 }, ({ text, format, answer }) => {
    const from = process.cpuUsage();
    const outcome = new WorkflowParser().check(text, format);
    const used = process.cpuUsage(from);
    const tookMs = (used.user + used.system) / 1000;
    const codes = outcome.ok ? ["accepted"] : outcome.issues.map(({ code }) => code);
    expect(codes).toContain(answer);
    expect(tookMs).toBeLessThan(LIMIT_MS);
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
