import { describe, expect, test } from "vitest";
import { axw, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";

interface PlayedCase {
  readonly type: string;
  readonly id?: string;
  readonly outcome?: string;
  readonly killCount?: number;
  readonly brokenKills?: readonly object[];
}

/** Examples with programs, handlers, gates, an external effect and an included workflow. */
const EXAMPLES = ["examples/nightly-audit", "examples/panel-discussion"];

describe("axw test --chaos", { timeout: 300_000 }, () => {
  test.each(EXAMPLES)("plays the cases of %s, and no kill changes a run", async (folder) => {
    const { stdout, stderr } = await axw(root, "test", folder, "--chaos", "3", "--json");
    const played = ndjson<PlayedCase>(stdout).filter(({ type }) => type === "test_case");
    expect({
      stderr,
      broken: played.filter(({ outcome }) => outcome !== "passed"),
      unplayed: played.filter(({ killCount = 0 }) => killCount === 0),
    }).toEqual({ stderr: `${played.length} passed, 0 failed\n`, broken: [], unplayed: [] });
    expect(played.length).toBeGreaterThan(3);
  });
});
