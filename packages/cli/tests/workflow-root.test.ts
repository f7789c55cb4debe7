import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Folder } from "./harness/axw.js";

const FLOW = `id: flow
inputs: { what: string }
agents: { w: { command: [cat] } }
steps:
  - { id: a, agentId: w, task: { file: ../shared/a.md } }
`;

function folderWith(task: string): Folder {
  const folder = new Folder({});
  for (const name of ["flows", "shared"]) mkdirSync(`${folder.path}/${name}`);
  folder.write("flows/flow.yaml", FLOW);
  folder.write("shared/a.md", task);
  return folder;
}

describe("axw with a task in a file", () => {
  test.each([
    ["validate", []],
    ["plan", []],
    ["graph", []],
    ["run", ["--input", "what=tea"]],
  ])("reads it from a root that contains both files: %s", async (verb, flags) => {
    const folder = folderWith("Write about ${{ inputs.what }}.");
    const args = [verb, "flows/flow.yaml", ...flags];
    const refused = await folder.here(args);
    const accepted = await folder.here([...args, "--root", "."]);
    expect([refused.code, refused.stdout + refused.stderr, accepted.code]).toEqual([
      2,
      expect.stringContaining("AXW1624  `../shared/a.md` is outside the root of the workflow"),
      0,
    ]);
  });

  test("gives the agent the text, with its values", async () => {
    const folder = folderWith("Write about ${{ inputs.what }}.");
    const flags = ["--root", ".", "--input", "what=tea", "--json"];
    const { stdout } = await folder.here(["run", "flows/flow.yaml", ...flags]);
    expect(stdout).toContain('"Write about tea."');
  });

  test("reports a problem in the file at its path as it was typed", async () => {
    const folder = folderWith("One.\nAbout ${{ inputs.wat }}.");
    const { stdout } = await folder.here(["validate", "flows/flow.yaml", "--root", "."]);
    expect(stdout).toContain("shared/a.md:2:11  error  AXW1306");
  });

  test("refuses it for a workflow on standard input, unless a root is passed", async () => {
    const folder = folderWith("Write about ${{ inputs.what }}.");
    const text = FLOW.replace("../shared", "shared");
    const refused = await folder.hereWithInput(["validate", "-"], text);
    const accepted = await folder.hereWithInput(["validate", "-", "--root", "."], text);
    expect([refused.stdout, accepted.stdout]).toEqual([
      expect.stringContaining("a workflow on standard input has no folder; pass one with --root"),
      expect.stringContaining("<stdin>: valid"),
    ]);
  });
});
