import type { Hono } from "hono";
import { answer } from "./answer.js";
import { answerGate } from "./gates/answer-gate.js";
import { GateBook } from "./gates/GateBook.js";
import { readGate } from "./gates/read-gate.js";
import type { Reading } from "./Reading.js";

/** Adds the routes of what waits for people. */
export function addGateRoutes(app: Hono, reading: Reading): void {
  const book = new GateBook(reading);
  answer(app, "gates", () => ({
    now: reading.now(),
    gates: [...book.open()],
    answered: [...book.answered()],
  }));
  answer(app, "gate", ({ params }) => readGate(reading, params.gate));
  answer(app, "answerGate", ({ params, body }) => answerGate(reading, params.gate, body));
}
