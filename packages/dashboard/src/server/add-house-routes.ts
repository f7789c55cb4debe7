import type { Hono } from "hono";
import { openApiDocument } from "../openapi/openapi-document.js";
import { answer } from "./answer.js";
import type { Reading } from "./Reading.js";
import { readPulse } from "./read-pulse.js";

/** Adds the routes about the whole database. */
export function addHouseRoutes(app: Hono, reading: Reading): void {
  answer(app, "pulse", () => readPulse(reading));
  answer(app, "openapi", () => openApiDocument());
}
