import { type Context, Hono, type MiddlewareHandler } from "hono";
import { API_BASE } from "../api/paths.js";
import { addAttemptRoutes } from "./add-attempt-routes.js";
import { addCommandRoutes } from "./add-command-routes.js";
import { addGateRoutes } from "./add-gate-routes.js";
import { addHealthRoute } from "./add-health-route.js";
import { addHouseRoutes } from "./add-house-routes.js";
import { addListRoutes } from "./add-list-routes.js";
import { addRunRoutes } from "./add-run-routes.js";
import { addStreamRoute } from "./add-stream-route.js";
import { addAgentRoute } from "./agents/add-agent-route.js";
import type { DashboardOptions } from "./DashboardOptions.js";
import { guard, requireKey } from "./guard.js";
import { Reading } from "./Reading.js";
import { RefusedRequest } from "./RefusedRequest.js";
import { refuse } from "./refuse.js";
import { servePage } from "./serve-page.js";
import { addWorkflowRoutes } from "./workflows/add-workflow-routes.js";

/** The application of a dashboard, as every host of web standard requests takes it. */
export interface DashboardApp {
  /** Answers one request. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/**
 * Returns the application: the page and the API. It listens nowhere by itself; `fetch` answers one
 * request.
 */
export function createDashboard(options: DashboardOptions): DashboardApp {
  const app = new Hono();
  app.onError((error, context) => refuse(context, error));
  app.use("*", guard(options));
  const api = new Hono();
  api.onError((error, context) => refuse(context, error));
  const reading = new Reading(options);
  api.use("*", requireKey(options), refuseLostDatabase(reading));
  addHouseRoutes(api, reading);
  addListRoutes(api, reading);
  addRunRoutes(api, reading);
  addStreamRoute(api, reading);
  addAttemptRoutes(api, reading);
  addGateRoutes(api, reading);
  addWorkflowRoutes(api, reading);
  addAgentRoute(api, reading);
  addHealthRoute(api, reading);
  addCommandRoutes(api, reading);
  api.all("*", ({ req }) => {
    throw RefusedRequest.path(req.method, new URL(req.url).pathname);
  });
  app.route(API_BASE, api);
  app.get("/metrics", requireKey(options), (context) => answerMetrics(context, options));
  servePage(app);
  return app;
}

// What is read from a file that is no longer at its path would never change.
function refuseLostDatabase({ storage }: Reading): MiddlewareHandler {
  return async (_context, next) => {
    const lost = storage.lost?.();
    if (lost !== undefined) throw lost;
    await next();
  };
}

// Loaded when it is first asked for: most servers are looked at by people only.
async function answerMetrics(context: Context, { storage }: DashboardOptions): Promise<Response> {
  const { prometheusText } = await import("@automatosx/workflow/metrics");
  context.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return context.body(prometheusText(storage));
}
