import type { Hono } from "hono";
import { answer } from "./answer.js";
import type { Reading } from "./Reading.js";
import { readPulse } from "./read-pulse.js";

/** Adds the routes about the whole database. */
export function addHouseRoutes(app: Hono, reading: Reading): void {
  answer(app, "pulse", () => readPulse(reading));
}
