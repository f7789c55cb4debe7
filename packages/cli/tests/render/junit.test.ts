import { describe, expect, test } from "vitest";
import { junitReport } from "../../src/render/junit.js";
import type { PlayedCase } from "../../src/render/played-cases.js";

const one = (id: string, rest: object = { outcome: "passed" }): PlayedCase =>
  ({
    case: { id, file: "flow.test.yaml" },
    durationMs: 1_234,
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
<testsuites name="axw test" tests="3" failures="1" errors="0" skipped="1" time="3.702">
  <testsuite name="flow.test.yaml" file="flow.test.yaml" tests="3" failures="1" errors="0" skipped="1" time="3.702">
    <testcase name="good" classname="flow.test.yaml" file="flow.test.yaml" time="1.234"/>
    <testcase name="bad" classname="flow.test.yaml" file="flow.test.yaml" time="1.234">
      <failure message="expect.status: expected &quot;completed&quot;, found &quot;failed&quot;" type="mismatch">  expected &lt;a&gt;
  found &amp; b</failure>
    </testcase>
    <testcase name="last" classname="flow.test.yaml" file="flow.test.yaml" time="1.234">
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
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}]/u);
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

  test("is well-formed, and has only the elements and attributes that CI systems read", () => {
    const read: Readonly<Record<string, readonly string[]>> = {
      testsuites: ["name", "tests", "failures", "errors", "skipped", "time"],
      testsuite: ["name", "file", "tests", "failures", "errors", "skipped", "time"],
      testcase: ["name", "classname", "file", "time"],
      failure: ["message", "type"],
      skipped: ["message"],
    };
    const text = report(
      failed("a < b", "x & y"),
      one("last", { outcome: "not_yet", construct: "<" }),
    );
    const open: string[] = [];
    const rest = text.replace(
      /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/gu,
      (_, end: string, name: string, attributes: string, empty: string) => {
        if (end !== "") expect(open.pop()).toBe(name);
        else {
          const names = [...attributes.matchAll(/ ([a-z]+)=/gu)].map(([, found]) => found);
          expect(read[name]).toEqual(expect.arrayContaining(names));
          if (empty === "") open.push(name);
        }
        return "";
      },
    );
    expect(open).toEqual([]);
    expect(rest.replace(/^<\?xml [^?]*\?>/u, "")).not.toMatch(/<|&(?!lt;|gt;|amp;|quot;|#\d+;)/u);
  });
});
