import { describe, expect, test } from "vitest";
import { processAgent } from "../src/process/process-agent.js";
import { taskText } from "../src/process/task-text.js";
import { testRequest } from "../src/testing/index.js";

const feedback = { error: "$.risk is missing", answer: "{}" };

describe("the text that a program reads", () => {
  test("is the task alone at first", () => {
    expect(taskText({ task: "do it" })).toBe("do it");
  });

  test("says why the last answer could not be used, and which it was", async () => {
    const agent = processAgent({ command: ["cat"] });
    const { request } = testRequest({ task: "do it" });
    expect(await agent.execute({ ...request, feedback })).toBe(
      "do it\n\nYour last answer to this task could not be used: $.risk is missing.\n\n" +
        "That answer was:\n\n{}",
    );
  });

  test("leaves out an answer that is not known", () => {
    expect(taskText({ task: "do it", feedback: { error: "no" } })).toBe(
      "do it\n\nYour last answer to this task could not be used: no.\n",
    );
  });

  test("has the feedback as data in a request as JSON", async () => {
    const agent = processAgent({ command: ["cat"], input: "json", output: "json" });
    const { request } = testRequest({ task: "do it" });
    expect(await agent.execute({ ...request, feedback })).toMatchObject({
      task: "do it",
      feedback,
    });
  });
});
