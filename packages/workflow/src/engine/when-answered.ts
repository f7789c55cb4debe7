import { WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";

/** The pause before a database that does not answer is asked again, in ms. */
const RETRY_MS = 250;

/** Returns whether an error says that the database does not answer now. */
function isBusy(error: unknown): error is WorkflowError {
  return error instanceof WorkflowError && error.code === "database_busy";
}

/** Returns what a read of the database finds, or `otherwise` if the database does not answer now. */
export function unlessBusy<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isBusy(error)) return otherwise;
    throw error;
  }
}

/**
 * Performs an action that asks the database, again and again while the database does not answer,
 * until `isOver`. An outage must not fail a step or lose a command that has no caller to repeat it.
 * Rejects with every other error, and with `database_busy` once `isOver` returns true.
 */
export async function whenAnswered<T>(
  clock: Pick<Clock, "setTimer">,
  action: () => T | Promise<T>,
  isOver: () => boolean,
): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isBusy(error) || isOver()) throw error;
    }
    await new Promise<void>((resolve) => void clock.setTimer(RETRY_MS, resolve));
  }
}
