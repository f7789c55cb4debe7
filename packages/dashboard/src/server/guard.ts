import { hash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { DashboardOptions } from "./DashboardOptions.js";
import { RefusedRequest } from "./RefusedRequest.js";

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": PAGE_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** JSON, with or without parameters such as `charset`. */
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Refuses a request that another site may have sent: one for another host, and one that changes
 * something and does not come from this page. No header allows another origin to read an answer.
 */
export function guard({ hosts, isReadOnly }: Guarded): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    // A request may name a host in its target, too: `GET http://evil.example/ HTTP/1.1`.
    for (const host of [req.header("host") ?? "", new URL(req.url).host])
      if (!hosts.includes(host)) throw RefusedRequest.host(host, hosts);
    if (req.method !== "GET" && req.method !== "HEAD") {
      if (!hosts.flatMap(originsOf).includes(req.header("origin") ?? ""))
        throw RefusedRequest.origin();
      if (!JSON_TYPE.test(req.header("content-type") ?? ""))
        throw RefusedRequest.body("The body of a request must be `application/json`.");
      if (isReadOnly === true) throw RefusedRequest.readOnly();
    }
    await next();
  };
}

/** Addresses of this machine, at which the server listens itself, without encryption. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:|$)/;

// A proxy that the user allows may serve the page by https.
function originsOf(host: string): readonly string[] {
  return LOOPBACK.test(host) ? [`http://${host}`] : [`http://${host}`, `https://${host}`];
}

type Guarded = Pick<DashboardOptions, "hosts" | "isReadOnly">;

/**
 * Refuses a request without the key. It must be added to the routes that it protects, not to paths:
 * a path has several spellings.
 */
export function requireKey({ key }: Pick<DashboardOptions, "key">): MiddlewareHandler {
  const expected = hash("sha256", key, "buffer");
  return async (context, next) => {
    const given = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    // Digests have one length, so the comparison takes the same time for every key.
    if (!timingSafeEqual(hash("sha256", given, "buffer"), expected)) throw RefusedRequest.key();
    context.header("Cache-Control", "no-store");
    await next();
  };
}
