import { describe, expect, test } from "vitest";
import { junitReport } from "../../src/render/junit.js";
import type { PlayedCase } from "../../src/render/played-cases.js";

const one = (id: string, rest: object = { outcome: "passed" }): PlayedCase =>
  ({
    case: { id, file: "flow.test.yaml" },
    durationMs: 1_234.5,
    ...rest,
  }) as unknown as PlayedCase;

const failed = (id: string, found: unknown): PlayedCase =>
  one(id, {
    outcome: "failed",
    mismatches: [{ at: "expect.status", expected: "completed", found }],
  });

const report = (...played: PlayedCase[]): string =>
  junitReport(played, ({ case: { id } }) => [`failed  ${id}`, "  expected <a>", "  found & b"]);

describe("junitReport", () => {
  test("has a suite for each file, with counts and times, and a case for each case", () => {
    const other = one("last", { outcome: "not_yet", construct: "include" });
    expect(report(one("good"), failed("bad", "failed"), other)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="axw test" tests="3" failures="1" errors="0" skipped="1" time="3.704">
  <testsuite name="flow.test.yaml" file="flow.test.yaml" tests="3" failures="1" errors="0" skipped="1" time="3.704">
    <testcase name="good" classname="flow.test.yaml" file="flow.test.yaml" time="1.235"/>
    <testcase name="bad" classname="flow.test.yaml" file="flow.test.yaml" time="1.235">
      <failure message="expect.status: expected &quot;completed&quot;, found &quot;failed&quot;" type="mismatch">  expected &lt;a&gt;
  found &amp; b</failure>
    </testcase>
    <testcase name="last" classname="flow.test.yaml" file="flow.test.yaml" time="1.235">
      <skipped message="not in this version: include"/>
    </testcase>
  </testsuite>
</testsuites>
`,
    );
  });

  test("escapes what XML reserves, and replaces what XML does not allow", () => {
    const text = report(failed(`<&">\u0000\u001b\ud800 x\ny`, '"]]>'));
    expect(text).toContain('name="&lt;&amp;&quot;&gt;\ufffd\ufffd\ufffd x&#10;y"');
    expect(text).not.toMatch(/[\u0000-\u0008\u001b\ud800]/u);
  });

  test("names the kill of a case that only a kill breaks", () => {
    const broken = {
      point: { commit: 4, moment: "after" },
      entries: [],
      lost: [],
      mismatches: [{ at: "status", expected: "completed", found: "failed" }],
    };
    expect(
      report(one("a", { outcome: "failed", mismatches: [], brokenKills: [broken] })),
    ).toContain(
      "killed after commit 4: status: expected &quot;completed&quot;, found &quot;failed&quot;",
    );
  });
});
