import { findRun } from "@automatosx/workflow/observe";
import type { Hono } from "hono";
import { addRoute } from "./answer.js";
import { EventStream } from "./EventStream.js";
import type { Reading } from "./Reading.js";
import { RefusedRequest } from "./RefusedRequest.js";

/** Without `since`, the rows of runs that have changed within this time are sent first, in ms. */
const SINCE_MS = 60_000;

/** How many bytes may wait in a connection before no more messages are made. */
const HIGH_WATER_BYTES = 64 * 1024;

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // For a proxy that would otherwise collect messages.
  "X-Accel-Buffering": "no",
};

/** Adds the stream of changes. */
export function addStreamRoute(app: Hono, reading: Reading): void {
  addRoute(app, "stream", ({ query, context }) => {
    const { after = 0, since = reading.now() - SINCE_MS } = query;
    const lastId = Number(context.req.header("last-event-id") ?? Number.NaN);
    const run = query.run === undefined ? undefined : findRun(reading.storage, query.run);
    // The body of an answer to HEAD is dropped unread, so its stream would never end.
    if (context.req.method === "HEAD") return context.body(null, 200, HEADERS);
    const stream = new EventStream(reading, {
      after: Number.isSafeInteger(lastId) && lastId >= 0 ? lastId : after,
      since,
      ...(run !== undefined && { run }),
      ...(query.watch !== undefined && { log: watchedLog(query.watch) }),
    });
    return context.body(bodyOf(stream), 200, HEADERS);
  });
}

function watchedLog(watch: string): { readonly step: string; readonly attempt: number } {
  const [, step, attempt] = /^(.+)\/(\d+)$/s.exec(watch) ?? [];
  if (step !== undefined) return { step, attempt: Number(attempt) };
  throw RefusedRequest.body("The query of the request is invalid.", [
    { pointer: "/watch", message: "Write it as STEP/ATTEMPT: `build/1`." },
  ]);
}

function bodyOf(stream: EventStream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const text = await stream.next();
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => stream.close(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  );
}
