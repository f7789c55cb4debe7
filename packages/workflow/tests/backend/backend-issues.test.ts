import { expect, test } from "vitest";
import { backendIssues } from "../../src/backend/backend-issues.js";
import { prepareWorkflow } from "../../src/definition/prepare-workflow.js";

const places = (text: string, limits: Parameters<typeof backendIssues>[1]): string[] =>
  backendIssues(prepareWorkflow(text), limits).map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  );

test("an agent that no worker serves is found behind its key, not in another word", () => {
  const text = `name: a mean name
steps:
  - { id: draft, agentId: a, task: "a task for a" }
  - { id: review, agentId: reviewer, task: Review }
`;
  expect(places(text, { agents: new Set(["reviewer"]) })).toEqual(["AXW1801 3:27"]);
  expect(places(text, { agents: new Set(["a"]) })).toEqual(["AXW1801 4:28"]);
  expect(places(text, { agents: new Set(["a", "reviewer"]) })).toEqual([]);
});

test("a time limit that is too long is found at its step", () => {
  const text = `name: a dear idea
steps:
  - { id: a, agentId: writer, task: Write, timeout: 60d }
`;
  expect(places(text, { maxTimeoutMs: 1000 })).toEqual(["AXW1802 3:11"]);
  expect(places(text, { maxTimeoutMs: 60 * 86_400_000 })).toEqual([]);
});
