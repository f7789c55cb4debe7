import { hash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { API_BASE } from "../api/paths.js";
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

/**
 * Refuses a request that another site may have sent: one for another host, one without the key, and
 * one that changes something and does not come from this page. The page itself needs no key; it
 * contains no data.
 */
export function guard({ key, hosts, isReadOnly }: DashboardOptions): MiddlewareHandler {
  const expected = hash("sha256", key, "buffer");
  return async (context, next) => {
    const { req } = context;
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const host = req.header("host") ?? "";
    if (!hosts.includes(host)) throw RefusedRequest.host(host, hosts);
    const origins = hosts.map((each) => `http://${each}`);
    const isRead = req.method === "GET" || req.method === "HEAD";
    if (!isRead && !origins.includes(req.header("origin") ?? "")) throw RefusedRequest.origin();
    if (!isRead && !/^application\/json\b/.test(req.header("content-type") ?? ""))
      throw RefusedRequest.body("The body of a request must be `application/json`.");
    if (new URL(req.url).pathname.startsWith(`${API_BASE}/`) || !isRead) {
      const given = /^Bearer (.+)$/.exec(req.header("authorization") ?? "")?.[1] ?? "";
      if (!timingSafeEqual(hash("sha256", given, "buffer"), expected)) throw RefusedRequest.key();
    }
    if (!isRead && isReadOnly === true) throw RefusedRequest.readOnly();
    await next();
  };
}
