import type { Hono } from "hono";
import { answer } from "../answer.js";
import type { Reading } from "../Reading.js";
import { compareVersions } from "./compare-versions.js";
import { KnownWorkflow } from "./KnownWorkflow.js";
import { planWorkflow } from "./plan-workflow.js";
import { listWorkflows, readWorkflow } from "./read-workflow.js";

/** Adds the routes that read workflows: those that ran, and the files below the served folder. */
export function addWorkflowRoutes(app: Hono, reading: Reading): void {
  answer(app, "workflows", () => listWorkflows(reading));
  answer(app, "workflow", async ({ params }) =>
    readWorkflow(reading, await KnownWorkflow.find(reading, params.workflow)),
  );
  answer(app, "plan", async ({ params, query }) =>
    planWorkflow(reading, await KnownWorkflow.find(reading, params.workflow), query.run),
  );
  answer(app, "diff", async ({ params, query }) =>
    compareVersions(await KnownWorkflow.find(reading, params.workflow), query.from, query.to),
  );
}
