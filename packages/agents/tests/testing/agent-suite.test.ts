import { setTimeout as delay } from "node:timers/promises";
import type { AgentFunction } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { processAgent } from "../../src/process/process-agent.js";
import { AgentRegistry } from "../../src/registry/AgentRegistry.js";
import { simulatedAgent } from "../../src/simulated/simulated-agent.js";
import { describeAgent } from "../../src/testing/index.js";

const runner = { describe, test, expect };

describeAgent(
  "a program",
  {
    answering: () => processAgent({ command: ["cat"] }),
    endless: () =>
      processAgent({
        command: ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
        graceMs: 100,
      }),
    failing: () => processAgent({ command: ["false"] }),
  },
  runner,
);

describeAgent(
  "a program that speaks JSON",
  {
    answering: () =>
      processAgent({
        command: ["/bin/sh", "-c", 'printf \'{"step":"%s"}\' "$AX_STEP_ID"'],
        output: "json",
      }),
    endless: () => processAgent({ command: ["sleep", "300"] }),
    failing: () => processAgent({ command: ["echo", "{"], output: "json" }),
  },
  runner,
);

describeAgent(
  "a simulated agent",
  { answering: () => simulatedAgent(), endless: () => simulatedAgent({ delayMs: 600_000 }) },
  runner,
);

const waiting: AgentFunction = async ({ signal }) => {
  await delay(600_000, undefined, { signal }).catch(() => signal.throwIfAborted());
};
const answering: AgentFunction = ({ task, signal }) => {
  signal.throwIfAborted();
  return task.toUpperCase();
};
const failing: AgentFunction = () => {
  throw new Error("no");
};
const registered = (agent: AgentFunction) => () =>
  new AgentRegistry().register("it", agent).get("it") ?? agent;
describeAgent(
  "a registered function",
  { answering: registered(answering), endless: registered(waiting), failing: registered(failing) },
  runner,
);
