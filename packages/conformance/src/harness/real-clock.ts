import { setTimeout as delay } from "node:timers/promises";
import type { HarnessClock } from "@automatosx/workflow/testing";

const PATIENCE_MS = 60_000;
const LONG_PATIENCE_MS = 900_000;

/** Real time. What does not settle within a minute, or a quarter of an hour, is an error. */
export function realClock(isLong = false): HarnessClock {
  const patienceMs = isLong ? LONG_PATIENCE_MS : PATIENCE_MS;
  return {
    now: () => Date.now(),
    until: async (promise) => {
      const controller = new AbortController();
      const tooLate = delay(patienceMs, undefined, { signal: controller.signal }).then(() => {
        throw new Error(`nothing within ${patienceMs} ms`);
      });
      try {
        return await Promise.race([promise, tooLate]);
      } finally {
        tooLate.catch(() => undefined);
        controller.abort();
      }
    },
    advance: (durationMs) => delay(durationMs),
  };
}
