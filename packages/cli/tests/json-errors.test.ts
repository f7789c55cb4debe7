import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");

describe("an error with --json", () => {
  test("is one object on stdout; the human-readable message stays on stderr", async () => {
    const { code, stdout, stderr } = await new Folder().axw([
      "show",
      "abc",
      "--json",
      "--db",
      "none.db",
    ]);
    expect({ code, told: ndjson(stdout), next: stderr.trimEnd().split("\n").at(-1) }).toEqual({
      code: 2,
      told: [
        {
          schemaVersion: 2,
          type: "error",
          code: "run_not_found",
          message: "The database none.db does not exist.",
          remedy: expect.stringContaining("pass the database with --db"),
        },
      ],
      next: "next   axw run FILE --db none.db",
    });
  });

  test("contains the id of the run it concerns", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(/^started +two/m);
    const [{ runId } = { runId: "none" }] = ndjson((await folder.here(["list", "--json"])).stdout);
    const refused = await folder.here(["resume", String(runId), "--json"]);
    expect(ndjson(refused.stdout)).toMatchObject([
      { type: "error", code: "run_owned_elsewhere", runId },
    ]);
    folder.write("go");
    await run.ended;
  });

  test("contains every issue in an invalid workflow file, for every command that reads one", async () => {
    const folder = new Folder({
      "bad.yaml": "name: bad\nsteps:\n  - {id: one, agentId: sh, tsak: one}\n",
    });
    for (const verb of ["run", "plan", "agents", "simulate"]) {
      const { code, stdout, stderr } = await folder.here([verb, "bad.yaml", "--json"]);
      expect({ verb, code, told: ndjson(stdout) }).toMatchObject({
        verb,
        code: 2,
        told: [
          {
            type: "error",
            code: "invalid_definition",
            issues: expect.arrayContaining([expect.objectContaining({ line: 3 })]),
          },
        ],
      });
      expect(stderr).toMatch(
        /^bad\.yaml:3:\d+ {2}error {2}AXW[^]*\n\d+ errors?, 0 warnings\nnext {3}axw validate bad\.yaml\n$/,
      );
    }
  });

  test("is also printed for a mistyped flag; without --json stdout stays empty", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const [json, plain] = [
      await folder.here(["run", "flow.yaml", "--nope", "--json"]),
      await folder.here(["run", "flow.yaml", "--nope"]),
    ];
    expect(ndjson(json.stdout)).toMatchObject([
      { type: "error", code: "invalid_argument", message: "unknown option '--nope'" },
    ]);
    expect([json.code, plain.code, plain.stdout]).toEqual([2, 2, ""]);
  });
});
