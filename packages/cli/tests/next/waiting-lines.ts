import { workflow } from "../harness/axw.js";
import type { Line } from "./Line.js";

/** A gate with a value, a signal, and a step whose outcome its killed engine leaves unknown. */
export const WAITING = {
  "gate.yaml": workflow(`  - {id: one, agentId: sh, task: one}
  - {id: review, gate: {ask: "Go?", form: {channel: [beta, stable]}}, dependencies: [one]}
  - {id: two, agentId: sh, task: two, dependencies: [review]}
`),
  "parent.yaml": "id: parent\nsteps: [{id: audit, workflow: ./gate.yaml}]\n",
  "signal.yaml": workflow(`  - {id: deployed, wait: {signal: deployed}}
`),
  "handlers.yaml": [
    workflow("  - {id: review, gate: {ask: Go?}}\n"),
    "on: {always: [{id: clean, agentId: sh, task: clean}]}\n",
  ].join(""),
  "unknown.yaml": workflow(`  - {id: pay, agentId: slow, task: pay, effect: external}
  - {id: two, agentId: sh, task: two, dependencies: [pay]}
`),
  "budget.yaml": workflow(
    `  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one]}
`,
    "budget: {launches: 1}",
  ),
  "unmetered.yaml": workflow(
    `  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one]}
`,
    "budget: {usd: 5, unmetered: pause}",
  ),
};

/** The lines about a run that waits or has used up its budget, by scene. */
export const AT_REST_WAITING: Readonly<Record<string, readonly Line[]>> = {
  "waiting for a gate": [
    {
      action: "answer_gate",
      state: "waiting",
      typed: ["show", "RUN"],
      prints: "axw approve RUN review --set channel=CHANNEL",
      replace: ["CHANNEL", "beta"],
      launches: ["two"],
    },
    {
      action: "list_gates",
      state: "waiting",
      typed: ["approve", "RUN", "nowhere"],
      prints: "axw gates RUN",
    },
  ],
  "waiting in a child run": [
    {
      action: "change_other_run",
      state: "child_run",
      typed: ["retry", "RUN", "--step", "audit.one", "--downstream"],
      prints: "axw retry RUN.audit --step one --downstream",
      exits: 3,
      launches: ["one"],
    },
  ],
  "cancelled before its handlers": [
    {
      action: "run_handlers",
      state: "cancelled",
      typed: ["cancel", "RUN"],
      prints: "axw resume RUN",
      exits: 4,
      launches: ["clean"],
    },
  ],
  "waiting for a signal": [
    {
      action: "send_signal",
      state: "waiting",
      typed: ["gates"],
      prints: "axw signal RUN deployed",
    },
  ],
  "waiting for an outcome": [
    {
      action: "answer_unknown",
      state: "waiting",
      typed: ["show", "RUN"],
      prints: "axw answer RUN pay --done",
      launches: ["two"],
    },
  ],
  "over its budget": [
    {
      action: "raise_budget",
      state: "over_budget",
      typed: ["show", "RUN"],
      prints: "axw resume RUN --budget launches=2",
      launches: ["two"],
    },
  ],
  "of unknown cost": [
    {
      action: "allow_unmetered",
      state: "unmetered",
      typed: ["show", "RUN"],
      prints: "axw resume RUN --allow-unmetered",
      launches: ["two"],
    },
  ],
};
