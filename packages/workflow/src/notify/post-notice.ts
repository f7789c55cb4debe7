import { messageOf } from "../message-of.js";
import type { AttemptLimits, Delivery } from "./Delivery.js";
import type { Notice } from "./Notice.js";
import type { Webhook } from "./Receiver.js";
import { signNotice } from "./sign-notice.js";

/** How many redirections within the receiver's host are followed. */
const MAX_REDIRECTIONS = 3;

/** The longest wait that a receiver can ask for, in ms. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Redirections that keep the method and the body. */
const KEEPS_REQUEST: ReadonlySet<number> = new Set([307, 308]);

/** The receiver no longer exists. */
const GONE = 410;

/**
 * Sends a notice by HTTP. It is delivered if the receiver answers with a status from 200 to 299. A
 * redirection is followed only to the same origin, so that no other host gets the notice. Never
 * rejects.
 */
export async function postNotice(
  webhook: Webhook,
  notice: Notice,
  limits: AttemptLimits,
  now: number,
): Promise<Delivery> {
  const body = JSON.stringify(notice);
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]);
  try {
    return await post(webhook, { body, headers: headersOf(webhook, notice, body, now), signal });
  } catch (error) {
    if (limits.signal.aborted) return { ok: false, error: "the engine was closed" };
    if (signal.aborted)
      return { ok: false, error: `the receiver did not answer within ${limits.timeoutMs} ms` };
    return { ok: false, error: messageOf(error) };
  }
}

function headersOf(
  { headers = {}, secret }: Webhook,
  { id }: Notice,
  body: string,
  now: number,
): Headers {
  const timestamp = Math.floor(now / 1000);
  const all = new Headers({
    "content-type": "application/json",
    "user-agent": "automatosx-workflow",
  });
  const own = {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    ...(secret !== undefined && {
      "webhook-signature": signNotice(secret, { id, timestamp, body }),
    }),
  };
  // One that is written in other letters takes the place of its namesake, too.
  for (const [name, value] of Object.entries({ ...headers, ...own })) all.set(name, value);
  return all;
}

interface Request {
  readonly body: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

async function post({ url }: Webhook, request: Request): Promise<Delivery> {
  let address = new URL(url);
  for (let count = 0; count <= MAX_REDIRECTIONS; count += 1) {
    const answer = await fetch(address, { ...request, method: "POST", redirect: "manual" });
    // What the receiver answers is not read, so that it cannot fill the memory.
    await answer.body?.cancel();
    if (answer.ok) return { ok: true };
    const target = targetOf(answer, address);
    if (target === undefined) return refusalOf(answer);
    address = target;
  }
  return { ok: false, error: `the receiver redirected more than ${MAX_REDIRECTIONS} times` };
}

/** Where a redirection leads, if it may be followed. */
function targetOf({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get("location");
  if (!KEEPS_REQUEST.has(status) || location === null || !URL.canParse(location, from.href))
    return undefined;
  const target = new URL(location, from);
  return target.origin === from.origin ? target : undefined;
}

function refusalOf({ status, headers }: Response): Delivery {
  if (status >= 300 && status < 400)
    return {
      ok: false,
      error: `the receiver redirected with status ${status}, which is not followed`,
    };
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    error: `the receiver answered with status ${status}`,
    ...(seconds >= 0 && { retryAfterMs: Math.min(MAX_RETRY_AFTER_MS, seconds * 1000) }),
    ...(status === GONE && { isFinal: true }),
  };
}
