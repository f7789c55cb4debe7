import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashDefinition, WorkflowParser } from "../../src/index.js";

const parser = new WorkflowParser();

describe("hashDefinition", () => {
  test("is the SHA-256 of the definition as RFC 8785 JSON", () => {
    const definition = parser.parse("id: w\nsteps: [{ id: a, agentId: b, task: 'é\"' }]");
    const canonical =
      '{"agents":{},"context":{},"id":"w","inputs":{},"limits":{"agents":{}},"metadata":{},"name":"w","steps":[{"agentId":"b",' +
      '"continueOnError":false,"dependencies":[],"id":"a","name":"a","parallel":true,"retries":0,"task":"é\\"","timeout":1800000}],"version":"1.0.0"}';
    expect(hashDefinition(definition)).toBe(createHash("sha256").update(canonical).digest("hex"));
  });

  test("depends on the workflow's meaning, not on how it is written", () => {
    const texts = [
      "id: w\nsteps: [{ id: a, agentId: b, task: t, timeout: 60s }]",
      "steps:\n  - { task: t, timeout: 1m, agentId: b, id: a }\nid: w\nx-note: y",
      "id: w\nsteps: [{ id: a, agentId: b, task: u, timeout: 60s }]",
    ];
    const [first, second, third] = texts.map((text) => hashDefinition(parser.parse(text)));
    expect([first === second, first === third]).toEqual([true, false]);
  });
});
