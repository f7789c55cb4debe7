import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";

/** How many attempts are in flight at the kill. */
export const IN_FLIGHT = 100;
const STEP_MS = 3000;
/** Every tenth step fails once, and is tried again. */
const FAILS_EVERY = 10;

/** The attempts of an undisturbed run: two besides the fan-out, and the retries. */
export const ATTEMPTS = 2 + IN_FLIGHT + IN_FLIGHT / FAILS_EVERY;

/** A step, a hundred that depend on it, and one that depends on all of them. */
export function fanOut(): PreparedWorkflow {
  const ids = Array.from({ length: IN_FLIGHT }, (_, n) => `f${n}`);
  const step = (id: string, script: object, rest: object = {}): object => ({
    ...{ id, agentId: "worker", task: JSON.stringify(script), ...rest },
  });
  const retry = { max: 1, backoff: 100, jitter: "none" };
  return prepareWorkflow({
    id: "fan-out",
    name: "fan-out",
    steps: [
      step("root", {}),
      ...ids.map((id, n) =>
        step(
          id,
          { afterMs: STEP_MS, failUntil: n % FAILS_EVERY === 0 ? 1 : 0 },
          { dependencies: ["root"], retry },
        ),
      ),
      step("join", { echo: true }, { dependencies: ids }),
    ],
  });
}
