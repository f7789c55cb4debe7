import { expect, test } from "vitest";
import { Folder } from "../harness/axw.js";
import { BACKENDS } from "./backend-lines.js";
import { FLOW } from "./lines.js";
import { expectedOutcome, tryLine } from "./type-line.js";

test.each(BACKENDS)("$prints follows axw $typed", async (line) => {
  const folder = new Folder({ "flow.yaml": FLOW });
  await folder.here(["run", "flow.yaml", "--agents", "simulated", "--run-id", "done"]);
  expect(await tryLine(folder, line, "done")).toEqual(expectedOutcome(line));
});
