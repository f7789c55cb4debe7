import { expect, test } from "vitest";
import { prepareWorkflow } from "../../src/definition/prepare-workflow.js";
import { answerFromDefinition } from "../../src/drive/answer-from-definition.js";

const { definition, graph } = prepareWorkflow(
  "id: w\nsteps:\n  - { id: a, agentId: x, task: t }\n" +
    "  - { id: b, agentId: x, task: t, dependencies: [a] }\n",
);
const effect = { type: "build_dependency_graph" } as const;

test("the machine's request for a graph is met with the prepared graph, which is not built again", () => {
  const answer = answerFromDefinition({ definition, policy: {}, graph }, effect);
  expect(answer).toEqual({ type: "graph_built", ...graph });
  expect(answer?.type === "graph_built" && answer.edges).toBe(graph.edges);
});

test("a run loaded without its graph gets one built from the definition", () => {
  const answer = answerFromDefinition({ definition, policy: {} }, effect);
  expect(answer).toEqual({ type: "graph_built", ...graph });
});
