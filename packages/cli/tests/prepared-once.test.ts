import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { WorkflowEngine } from "@automatosx/workflow";
import { expect, test, vi } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const FLOW = workflow("  - {id: one, agentId: sh, task: one}\n");

test("axw run reads its file once, and the engine runs exactly what was checked", async () => {
  const folder = new Folder({ "flow.yaml": FLOW });
  const start = vi.spyOn(WorkflowEngine.prototype, "start");
  const read = vi.spyOn(fs, "openSync");
  syncBuiltinESMExports();
  const { code } = await folder.here(["run", "flow.yaml"]);
  const reads = read.mock.calls.filter(([path]) => String(path).endsWith("flow.yaml"));
  read.mockRestore();
  syncBuiltinESMExports();
  expect({ code, reads: reads.length }).toEqual({ code: 0, reads: 1 });
  expect(start.mock.calls.map(([source]) => source)).toEqual([
    expect.objectContaining({ source: FLOW, path: `${folder.path}/flow.yaml` }),
  ]);
  start.mockRestore();
});
