import { ofAgent, ofStep, ofWorkflow, whole } from "./issue-case.js";

/** What is written, with what is fixed in it, and the codes of the issues. */
export const WAITING_FIXES: readonly (readonly [
  what: string,
  text: string,
  fixed: string,
  codes: string,
])[] = [
  [
    "a question of a gate as text",
    ofStep("gate: Approve?"),
    'name: n\nsteps:\n  - id: a\n    gate: { ask: "Approve?" }\n',
    "AXW1103",
  ],
  [
    "a foreign name of the question",
    ofStep("gate: { message: Go? }"),
    "name: n\nsteps:\n  - id: a\n    gate: { ask: Go? }\n",
    "AXW1101",
  ],
  [
    "a foreign name of a gate",
    ofStep("approval: { ask: Go? }"),
    "name: n\nsteps:\n  - id: a\n    gate: { ask: Go? }\n",
    "AXW1101",
  ],
  [
    "a type of a field that is misspelt",
    ofStep("gate: { ask: Go?, form: { n: int } }"),
    "name: n\nsteps:\n  - id: a\n    gate: { ask: Go?, form: { n: integer } }\n",
    "AXW1503",
  ],
  [
    "a foreign word for the expiry",
    ofStep("gate: { ask: Go?, expires: 1h, onExpire: deny }"),
    "name: n\nsteps:\n  - id: a\n    gate: { ask: Go?, expires: 1h, onExpire: reject }\n",
    "AXW1104",
  ],
  [
    "a foreign name of a wait",
    ofStep("sleep: 10m"),
    "name: n\nsteps:\n  - id: a\n    wait: 10m\n",
    "AXW1101",
  ],
  [
    "an instant without quotes of its own",
    ofStep("wait: { until: 2027-01-31T08:00:00Z }"),
    "name: n\nsteps:\n  - id: a\n    wait: { until: \"'2027-01-31T08:00:00Z'\" }\n",
    "AXW1301",
  ],
  [
    "a stop as a word",
    ofStep("stop: failed"),
    "name: n\nsteps:\n  - id: a\n    stop: { as: failed }\n",
    "AXW1103",
  ],
  [
    "a foreign word for an ending",
    ofStep("stop: { as: success }"),
    "name: n\nsteps:\n  - id: a\n    stop: { as: completed }\n",
    "AXW1104",
  ],
  [
    "a foreign name of a stop",
    ofStep("cancel: not now"),
    'name: n\nsteps:\n  - id: a\n    stop: { as: cancelled, reason: "not now" }\n',
    "AXW1101",
  ],
  [
    "a session as a word",
    ofAgent("loop: { max: 2 }\n    session: a"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    loop: { max: 2 }\n    session: { from: a }\n",
    "AXW1103",
  ],
  [
    "one agent instead of a list",
    ofAgent("fallback: v"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    fallback: [v]\n",
    "AXW1103",
  ],
  [
    "an unknown class of failures",
    ofAgent("retry: { on: [network] }"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    retry: { on: [transient] }\n",
    "AXW1104",
  ],
  [
    "a foreign word for an effect",
    ofAgent("effect: side-effect"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    effect: external\n",
    "AXW1104",
  ],
  [
    "a condition in the place of a check",
    ofAgent("check: size(output) > 0"),
    'name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    check: { that: "size(output) > 0" }\n',
    "AXW1103",
  ],
  [
    "dollars with their sign",
    ofWorkflow("budget: { usd: $8 }\nlimits: { agents: { w: { reserve: { usd: 1 } } } }"),
    "name: n\nbudget: { usd: 8 }\nlimits: { agents: { w: { reserve: { usd: 1 } } } }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1103",
  ],
  [
    "a number with underscores",
    ofWorkflow("budget: { tokens: 2_000_000 }"),
    "name: n\nbudget: { tokens: 2000000 }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1103",
  ],
  [
    "a percentage without its sign",
    ofWorkflow("budget: { launches: 3, at: { 80: warn } }"),
    "name: n\nbudget: { launches: 3, at: { 80%: warn } }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1105",
  ],
  [
    "an unknown key of an agent's limits",
    ofWorkflow("limits: { agents: { w: { ratelimit: 10/min } } }"),
    "name: n\nlimits: { agents: { w: { rate: 10/min } } }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1101",
  ],
  [
    "one handler in the place of a list",
    ofWorkflow("on: { failure: { agentId: w, task: t } }"),
    "name: n\non: { failure: [{ agentId: w, task: t }] }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1103",
  ],
  [
    "a foreign name of handlers",
    ofWorkflow("finally: [{ agentId: w, task: t }]"),
    "name: n\non: { always: [{ agentId: w, task: t }] }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1101",
  ],
  [
    "a value of a gate that a rejection does not give",
    whole(
      "steps:\n  - { id: g, gate: { ask: Go?, form: { n: integer }, onReject: continue } }\n  - { id: b, agentId: w, task: t, if: steps.g.output.n > 1, dependencies: [g] }",
    ),
    "name: n\nsteps:\n  - { id: g, gate: { ask: Go?, form: { n: integer }, onReject: continue } }\n  - { id: b, agentId: w, task: t, if: has(steps.g.output.n) && steps.g.output.n > 1, dependencies: [g] }\n",
    "AXW1404",
  ],
  [
    "the output of a gate that may expire",
    whole(
      "steps:\n  - { id: g, gate: { ask: Go?, expires: 1h, onExpire: skip } }\n  - { id: b, agentId: w, task: t, if: steps.g.output.approved, dependencies: [{ g: ok-or-skipped }] }",
    ),
    "name: n\nsteps:\n  - { id: g, gate: { ask: Go?, expires: 1h, onExpire: skip } }\n  - { id: b, agentId: w, task: t, if: has(steps.g.output.approved) && steps.g.output.approved, dependencies: [{ g: ok-or-skipped }] }\n",
    "AXW1405",
  ],
  [
    "a session of a step that is not waited for",
    whole(
      "steps:\n  - { id: a, agentId: w, task: t }\n  - { id: b, agentId: w, task: t, session: { from: a } }",
    ),
    "name: n\nsteps:\n  - { id: a, agentId: w, task: t }\n  - { id: b, dependencies: [a], agentId: w, task: t, session: { from: a } }\n",
    "AXW1626",
  ],
  [
    "a session of its own round, only wanted",
    ofAgent("loop: { max: 2 }\n    session: true"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    loop: { max: 2 }\n    session: { from: a }\n",
    "AXW1103",
  ],
  [
    "a check whose condition ends at a comma",
    ofAgent("check: [{ that: contains(output, 'x') }]"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    check: [{ that: \"contains(output, 'x')\" }]\n",
    "AXW1303",
  ],
  [
    "a check whose condition ends at a comment",
    ofAgent("check:\n      - that: output != 'a #b'"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    check:\n      - that: \"output != 'a #b'\"\n",
    "AXW1303",
  ],
  [
    "a check that begins with an exclamation mark",
    ofAgent("check:\n      - that: !contains(output, 'x')"),
    "name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    check:\n      - that: \"!contains(output, 'x')\"\n",
    "AXW1001",
  ],
  [
    "a condition of a handler that ends at a comma",
    ofWorkflow("on: { always: [{ agentId: w, task: t, if: contains(run.status, 'x') }] }"),
    "name: n\non: { always: [{ agentId: w, task: t, if: \"contains(run.status, 'x')\" }] }\nsteps: [{ id: a, agentId: w, task: t }]\n",
    "AXW1303",
  ],
  [
    "an instant that ends at a comma",
    ofStep("wait: { until: if(true, 1, 2) }"),
    'name: n\nsteps:\n  - id: a\n    wait: { until: "if(true, 1, 2)" }\n',
    "AXW1303",
  ],
];
