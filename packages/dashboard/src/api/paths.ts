/**
 * Every route of the API by its name: the method, and the path below `API_BASE`. The page imports
 * this table alone; the schemas of the routes are in `ROUTES`.
 */
export const PATHS = {
  pulse: "GET /pulse",
  stream: "GET /stream",
  openapi: "GET /openapi.json",

  runs: "GET /runs",
  startRun: "POST /runs",
  run: "GET /runs/:run",
  journal: "GET /runs/:run/journal",
  why: "GET /runs/:run/why/:step",
  checkpoints: "GET /runs/:run/checkpoints",
  compare: "GET /runs/:run/compare",

  result: "GET /runs/:run/steps/:step/attempts/:attempt/result",
  task: "GET /runs/:run/steps/:step/attempts/:attempt/task",
  inputs: "GET /runs/:run/steps/:step/attempts/:attempt/inputs",
  log: "GET /runs/:run/steps/:step/attempts/:attempt/log",
  findInLog: "GET /runs/:run/steps/:step/attempts/:attempt/log/find",
  logText: "GET /runs/:run/steps/:step/attempts/:attempt/log.txt",

  pause: "POST /runs/:run/pause",
  cancel: "POST /runs/:run/cancel",
  checkpoint: "POST /runs/:run/checkpoint",
  resume: "POST /runs/:run/resume",
  retry: "POST /runs/:run/retry",
  restore: "POST /runs/:run/restore",
  fork: "POST /runs/:run/fork",

  gates: "GET /gates",
  gate: "GET /gates/:gate",
  answerGate: "POST /gates/:gate/answer",

  workflows: "GET /workflows",
  workflow: "GET /workflows/:workflow",
  plan: "GET /workflows/:workflow/plan",
  diff: "GET /workflows/:workflow/diff",

  agents: "GET /agents",
  health: "GET /health",
} as const satisfies Readonly<Record<string, `${"GET" | "POST"} /${string}`>>;

/** The name of a route. */
export type RouteName = keyof typeof PATHS;

/** The path below which the API is served. */
export const API_BASE = "/api/v1";
