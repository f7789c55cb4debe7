import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "axw-langgraph-crash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHILD = new URL("support/graph-child.ts", import.meta.url).pathname;

interface Outcome {
  readonly signal: string | null;
  readonly results: unknown;
}

function launch(name: string, killAfter: number): Outcome {
  const { signal, stdout, stderr } = spawnSync(
    process.execPath,
    [CHILD, join(folder, `${name}.db`), join(folder, `${name}.txt`), String(killAfter)],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  return { signal, results: stdout === "" ? undefined : JSON.parse(stdout) };
}

const linesOf = (name: string): string[] =>
  readFileSync(join(folder, `${name}.txt`), "utf8")
    .trim()
    .split("\n");

/** The lines of nodes that ran again after their result was reported as durable. */
function ranTwice(lines: readonly string[]): string[] {
  return lines.flatMap((line, at) =>
    line.startsWith("runs ") && lines.slice(0, at).includes(`kept ${line.slice(5)}`) ? [line] : [],
  );
}

describe("killing a graph's process", () => {
  const whole = launch("whole", 0);
  const points = linesOf("whole").filter((line) => line.startsWith("kept ")).length;

  test("is tested at every write of the graph, 8 or more", () => {
    expect(whole).toEqual({ signal: null, results: ["plan", "left", "right", "join"] });
    expect(points).toBeGreaterThanOrEqual(8);
  });

  test.each(Array.from({ length: points }, (_, at) => at + 1))(
    "after write %i loses no result, and the resumed graph does not rerun a finished node",
    (point) => {
      const name = `kill-${point}`;
      expect(launch(name, point).signal).toBe("SIGKILL");
      const again = launch(name, 0);
      expect(again).toEqual({ signal: null, results: whole.results });
      expect(ranTwice(linesOf(name))).toEqual([]);
    },
  );

  test("after every write still lets the graph finish", () => {
    for (let launches = 0; launches <= points; launches += 1) {
      const { signal, results } = launch("stubborn", 1);
      if (signal !== null) continue;
      expect(results).toEqual(whole.results);
      break;
    }
    expect(ranTwice(linesOf("stubborn"))).toEqual([]);
    expect(linesOf("stubborn").filter((line) => line === "kept join")).toEqual(["kept join"]);
  });
});
