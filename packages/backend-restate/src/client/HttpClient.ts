import { setTimeout as delay } from "node:timers/promises";
import { WorkflowError } from "@automatosx/workflow";
import type { Seal } from "../Seal.js";

/** How long a call waits for an answer if its caller does not say, in ms. */
const ANSWER_MS = 30_000;

/** How often, and with which pause in ms, a call is tried again if no server can be reached. */
const TRIES = 5;
const PAUSE_MS = 300;

/** How often a query is tried again while a server that has just started cannot answer it. */
const STARTING_TRIES = 20;

const SERVER_ERROR = 500;

/** The answer of a server that refused a call. */
export class RefusedCall extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

type Method = "GET" | "POST" | "PATCH";

/** How a call is made. */
export interface CallOptions {
  /** Makes the call one call, also when its answer was lost and it is made again. */
  readonly idempotencyKey?: string;
  /** Whether the call may be made again although it may have been performed. */
  readonly isRepeatable?: boolean;
  /** How long the call waits for an answer, in ms. */
  readonly answerMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The two APIs of a server, each at a port of its own. */
export type ServerApi = "ingress" | "admin";

const NAMES: Readonly<Record<ServerApi, string>> = {
  ingress: "Restate server",
  admin: "admin API of the Restate server",
};

const REMEDIES: Readonly<Record<ServerApi, string>> = {
  ingress:
    "Start it, or correct the URL of the backend: the port of the ingress is 8080 by default.",
  admin:
    "Start the server, or correct the port of its admin API, 9070 by default: ?admin=PORT at the " +
    "end of the URL of the backend.",
};

/** How a server refuses a path that it does not know: the ingress with 400, others with 404. */
const UNKNOWN_PATH: ReadonlySet<number> = new Set([400, 404, 405]);

/** Calls a server over HTTP with JSON. A password in its URL is sent as basic authentication. */
export class HttpClient {
  readonly #base: string;
  readonly #authorization: string | undefined;
  readonly #seal: Seal | undefined;
  readonly #api: ServerApi;

  /** With a `seal`, bodies are sealed, and answers are opened. */
  constructor(url: string, api: ServerApi, seal?: Seal) {
    this.#api = api;
    this.#seal = seal;
    const { username, password, origin, pathname } = new URL(url);
    this.#base = `${origin}${pathname}`.replace(/\/$/, "");
    if (username !== "" || password !== "") {
      const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      this.#authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
    }
  }

  /**
   * Returns the answer, parsed; undefined for an empty one. Throws `database_busy` if the server
   * cannot be reached, or if no answer comes in time: a call of a service waits for a worker.
   */
  async call(
    method: Method,
    path: string,
    body?: unknown,
    options: CallOptions = {},
  ): Promise<unknown> {
    // Any other call may have been performed although its answer was lost.
    const isRepeatable =
      method === "GET" || options.idempotencyKey !== undefined || options.isRepeatable === true;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#callOnce(method, path, body, options);
      } catch (error) {
        if (error instanceof WorkflowError) throw error;
        if (error instanceof RefusedCall) {
          // Not of a handler: those are called with a key, or not again.
          const isStarting = error.status >= SERVER_ERROR && options.isRepeatable === true;
          if (!isStarting) throw error;
          if (tries >= STARTING_TRIES) throw this.#unable(error);
          await delay(PAUSE_MS);
          continue;
        }
        if (options.signal?.aborted === true) throw error;
        // The answer was no JSON.
        if (error instanceof SyntaxError) throw this.#foreign();
        // The server has the call, and would only be asked to wait once more.
        if (isTimeout(error)) throw this.#unanswered(options, error);
        if (!isRepeatable && !wasNeverSent(error)) throw this.#unreachable(error);
        if (tries >= TRIES) throw this.#unreachable(error);
        await delay(PAUSE_MS);
      }
    }
  }

  /**
   * Returns the answer to a GET that only this API knows. Throws `database_unusable` if something
   * else answers at this address.
   */
  async probe(path: string): Promise<unknown> {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (!(error instanceof RefusedCall) || !UNKNOWN_PATH.has(error.status)) throw error;
      throw this.#foreign();
    }
  }

  async #callOnce(
    method: Method,
    path: string,
    body: unknown,
    { idempotencyKey, signal, answerMs = ANSWER_MS }: CallOptions,
  ): Promise<unknown> {
    const timeout = AbortSignal.timeout(answerMs);
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: {
        accept: "application/json",
        ...(this.#authorization !== undefined && { authorization: this.#authorization }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      ...(body !== undefined && { body: this.#written(body) }),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    // An error is the server's own.
    const opened = answer.ok ? (this.#seal?.open(bytes) ?? bytes) : bytes;
    const text = Buffer.from(opened).toString("utf8");
    if (!answer.ok) throw new RefusedCall(answer.status, messageIn(text));
    return text === "" ? undefined : JSON.parse(text);
  }

  #written(body: unknown): string | Uint8Array<ArrayBuffer> {
    const text = JSON.stringify(body);
    if (this.#seal === undefined) return text;
    return new Uint8Array(this.#seal.encode(Buffer.from(text)));
  }

  #unanswered(
    { answerMs = ANSWER_MS, idempotencyKey }: CallOptions,
    cause: unknown,
  ): WorkflowError {
    return new WorkflowError(
      "database_busy",
      `The ${NAMES[this.#api]} at ${this.#base} has not answered within ${answerMs / 1000} s. ` +
        "Perhaps its workers are gone.",
      {
        remedy:
          "Start a worker at the address of one that is gone, or one that replaces it; " +
          "`axw backend check` names them." +
          (idempotencyKey === undefined
            ? ""
            : " The server keeps what was sent, and a worker performs it later."),
        cause,
      },
    );
  }

  #unable(cause: RefusedCall): WorkflowError {
    return new WorkflowError(
      "database_busy",
      `The ${NAMES[this.#api]} at ${this.#base} cannot answer: ${cause.message}`,
      { remedy: "Try again when it has started; its log says what it lacks.", cause },
    );
  }

  #unreachable(cause: unknown): WorkflowError {
    return new WorkflowError(
      "database_busy",
      `The ${NAMES[this.#api]} at ${this.#base} does not answer.`,
      { remedy: REMEDIES[this.#api], cause },
    );
  }

  #foreign(): WorkflowError {
    const what = this.#api === "admin" ? "the admin API" : "the ingress";
    return new WorkflowError(
      "database_unusable",
      `What answers at ${this.#base} is not ${what} of a Restate server.`,
      { remedy: REMEDIES[this.#api] },
    );
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError";
}

function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { readonly code?: string }) : undefined;
  return cause?.code === "ECONNREFUSED" || cause?.code === "ENOTFOUND";
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: string };
    return message ?? text;
  } catch {
    return text;
  }
}
