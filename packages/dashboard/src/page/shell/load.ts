import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { ApiProblem } from "../client/call.js";
import { isKeyRefused } from "./session.js";

/** For how long a screen that is loading shows nothing, in ms: a quick answer does not flicker. */
export const QUIET_MS = 150;

/** What a screen has of its data. */
export interface Loaded<T> {
  /** The last answer. It stays while the next one is on its way, and if that one fails. */
  readonly value: T | undefined;
  /** Why the last request failed. */
  readonly problem: ApiProblem | undefined;
  /** True while nothing has arrived for `QUIET_MS`: show the shape of the screen. */
  readonly isSlow: boolean;
  /** True if `value` is of another request than the last one. */
  readonly isStale: boolean;
  /** Reads the data again. */
  readonly reload: () => void;
}

interface State<T> {
  readonly request: string;
  readonly value: T | undefined;
  readonly problem: ApiProblem | undefined;
  readonly isSlow: boolean;
}

/**
 * Reads data of the server: at first, when `request` (which names what is read) changes, and when
 * `again` changes. A request that is no longer needed is aborted.
 */
export function useLoaded<T>(
  request: string,
  read: (signal: AbortSignal) => Promise<T>,
  again?: ReadonlySignal<unknown>,
): Loaded<T> {
  const state: Signal<State<T>> = useSignal<State<T>>({
    request: "",
    value: undefined,
    problem: undefined,
    isSlow: false,
  });
  const turn = useSignal(0);
  const reload = useCallback(() => {
    turn.value += 1;
  }, []);
  useEffect(() => {
    const stopped = new AbortController();
    const slow = setTimeout(() => {
      state.value = { ...state.value, isSlow: true };
    }, QUIET_MS);
    const settle = (settled: Partial<State<T>>): void => {
      clearTimeout(slow);
      if (!stopped.signal.aborted) state.value = { ...state.value, isSlow: false, ...settled };
    };
    read(stopped.signal).then(
      (value) => settle({ request, value, problem: undefined }),
      (error: unknown) => settle({ problem: problemOf(error) }),
    );
    return () => {
      clearTimeout(slow);
      stopped.abort();
    };
  }, [request, turn.value, again?.value]);
  const { value, problem, isSlow, request: answered } = state.value;
  return {
    value,
    problem,
    isSlow: isSlow && value === undefined,
    isStale: value !== undefined && answered !== request,
    reload,
  };
}

/** Any thrown value as a problem that can be shown. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) {
    if (error.status === 401) isKeyRefused.value = true;
    return error;
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ApiProblem(0, {
    code: "internal",
    message: `The page cannot read the answer: ${message}`,
    remedy: "Load the page again. If that does not help, report the message.",
  });
}
