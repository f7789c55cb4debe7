import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CheckpointSaverTestInitializer,
  deltaChannelHistoryTests,
  validate,
} from "@langchain/langgraph-checkpoint-validation";
import { describe, expect, type RunnerTask, test } from "vitest";
import { AxwSaver } from "../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "axw-langgraph-"));
let savers = 0;

// The suite skips tests for checkpointers that it knows by name; this checkpointer is not one of
// them.
const initializer: CheckpointSaverTestInitializer<AxwSaver> = {
  checkpointerName: "AxwSaver",
  createCheckpointer: () => {
    savers += 1;
    return AxwSaver.open({ database: join(folder, `${savers}.db`), durability: "process" });
  },
  destroyCheckpointer: (saver) => saver.close(),
  afterAll: () => rmSync(folder, { recursive: true, force: true }),
};

validate(initializer);
deltaChannelHistoryTests(initializer);

function leaves(tasks: readonly RunnerTask[]): RunnerTask[] {
  return tasks.flatMap((task) => (task.type === "suite" ? leaves(task.tasks) : [task]));
}

describe("LangGraph's conformance suite", () => {
  test("runs all of its 726 tests", ({ task }) => {
    const theirs = leaves(task.file.tasks).filter(({ suite }) => suite !== task.suite);
    const delta = theirs.filter((one) =>
      one.suite?.suite?.name.endsWith("#getDeltaChannelHistory"),
    );
    expect({
      all: theirs.length,
      delta: delta.length,
      modes: [...new Set(theirs.map(({ mode }) => mode))],
    }).toEqual({
      all: 726,
      delta: 8,
      modes: ["run"],
    });
  });
});
