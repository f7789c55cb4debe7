import { agentFromDefinition } from "@automatosx/agents";
import { type AgentFunction, type RunEnding, WorkflowEngine } from "@automatosx/workflow";
import { AgentRegistry } from "./agent-registry.ts";

const registry = new AgentRegistry();

// The adapter: the registry provides every agent that is not listed below.
const fromRegistry: AgentFunction = ({ agentId, task }) => {
  return registry.getAgent(agentId).processTask(task);
};

const join: AgentFunction = ({ previousResults }) => Object.keys(previousResults).sort();

const workflow = `
id: consumer
agents:
  program: { command: [node, -p, "JSON.stringify({ six: 6 })"], output: json }
steps:
  - { id: design, agentId: architecture, task: Design the API }
  - id: build
    agentId: backend
    task: "Build: \${{ steps.design.output.done }}"
    dependencies: [design]
  - { id: ask, agentId: program, task: Ask a program }
  - { id: join, agentId: join, task: Put it together, dependencies: [build, ask] }
`;

const engine = await WorkflowEngine.open({
  database: ":memory:",
  agents: { join, "*": fromRegistry },
  agentFactory: agentFromDefinition,
});
const run = await engine.start(workflow);
const ending: RunEnding = await run.ending;
console.log(JSON.stringify({ status: ending.status, results: ending.results }));
await engine.close();
