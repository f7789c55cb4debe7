import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Folder, ndjson } from "./harness/axw.js";

const FILES = ["agents.yaml", "first.test.yaml", "first.yaml"];

function firstLine(folder: Folder, name: string): string | undefined {
  return readFileSync(join(folder.path, name), "utf8").split("\n")[0];
}

describe("axw init", () => {
  test("writes a workflow, its agents, its tests and the JSON Schemas, and names what to type next", async () => {
    const folder = new Folder();
    expect(await folder.axw(["init", "new"])).toEqual({
      code: 0,
      stdout:
        "wrote  new/first.yaml\nwrote  new/agents.yaml\nwrote  new/first.test.yaml\n" +
        "wrote  new/workflow.schema.json\nwrote  new/test.schema.json\n",
      stderr: "next   axw test new\n       (then axw run new/first.yaml)\n",
    });
    expect(readdirSync(join(folder.path, "new")).toSorted()).toEqual([
      ...FILES,
      "test.schema.json",
      "workflow.schema.json",
    ]);
    expect(firstLine(folder, "new/first.test.yaml")).toBe(
      "# yaml-language-server: $schema=./test.schema.json",
    );
    expect(firstLine(folder, "new/first.yaml")).toBe(
      "# yaml-language-server: $schema=./workflow.schema.json",
    );
  });

  test("writes a workflow that is valid without a warning, and tests that pass", async () => {
    const folder = new Folder();
    await folder.here(["init", "."]);
    const [validated] = ndjson((await folder.here(["validate", "first.yaml", "--json"])).stdout);
    const tested = await folder.here(["test"]);
    expect([validated?.["valid"], validated?.["issues"], tested.code, tested.stdout]).toEqual([
      true,
      [],
      0,
      "passed  good\npassed  rewritten\npassed  asked-again\n3 passed, 0 failed\n",
    ]);
  });

  test("writes agents with which the workflow runs offline", async () => {
    const folder = new Folder();
    await folder.here(["init"]);
    const { code, stdout } = await folder.here(["run", "first.yaml", "--json"]);
    const ending = ndjson(stdout).at(-1);
    expect([code, ending?.["status"], ending?.["outputs"]]).toEqual([
      0,
      "completed",
      { sentence: "Make it shorter: Write one sentence about rain." },
    ]);
  });

  test("refers to the JSON Schema of the project, if it is installed", async () => {
    const folder = new Folder();
    const schemas = "node_modules/@automatosx/schemas";
    mkdirSync(join(folder.path, schemas), { recursive: true });
    for (const kind of ["workflow", "test"]) folder.write(`${schemas}/${kind}.schema.json`, "{}");
    await folder.here(["init", "flows/new"]);
    expect([
      firstLine(folder, "flows/new/first.yaml"),
      readdirSync(join(folder.path, "flows/new")).toSorted(),
    ]).toEqual([`# yaml-language-server: $schema=../../${schemas}/workflow.schema.json`, FILES]);
  });

  test.each(FILES)("overwrites nothing: it refuses a folder with %s", async (name) => {
    const folder = new Folder({ [name]: "mine" });
    const { code, stdout, stderr } = await folder.here(["init"]);
    expect({ code, stdout, stderr, files: readdirSync(folder.path) }).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`${name} already exists, and is not overwritten.`),
      files: [name],
    });
  });

  test("refuses a path that is a file", async () => {
    const folder = new Folder({ taken: "" });
    const { code, stderr } = await folder.here(["init", "taken"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error {2}/u) });
  });
});
