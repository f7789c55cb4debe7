import type { Context, Hono } from "hono";
import { z } from "zod";
import { PATHS, type RouteName } from "../api/paths.js";
import { ROUTES, type Route, type Routes } from "../api/routes.js";
import { RefusedRequest } from "./RefusedRequest.js";

type Read<Name extends RouteName, Part extends "params" | "query" | "body"> =
  Routes[Name] extends Readonly<Record<Part, infer Schema extends z.ZodType>>
    ? z.output<Schema>
    : Readonly<Record<string, never>>;

/** The parts of a request, checked by the schemas of its route. */
export interface RouteRequest<Name extends RouteName> {
  readonly params: Read<Name, "params">;
  readonly query: Read<Name, "query">;
  readonly body: Read<Name, "body">;
  readonly context: Context;
}

/** What a route answers with. */
export type RouteAnswer<Name extends RouteName> = Routes[Name] extends {
  readonly answer: infer Schema extends z.ZodType;
}
  ? z.input<Schema>
  : never;

/** Adds a route that answers with JSON. Its request is checked; its answer has the route's type. */
export function answer<Name extends RouteName>(
  app: Hono,
  name: Name,
  respond: (request: RouteRequest<Name>) => RouteAnswer<Name> | Promise<RouteAnswer<Name>>,
): void {
  addRoute(app, name, async (request) => {
    const { status } = ROUTES[name];
    return request.context.json(await respond(request), status);
  });
}

/** Adds a route that answers with a response of its own. */
export function addRoute<Name extends RouteName>(
  app: Hono,
  name: Name,
  respond: (request: RouteRequest<Name>) => Response | Promise<Response>,
): void {
  const [method = "GET", path = "/"] = PATHS[name].split(" ");
  app.on(method, path, async (context) => respond(await readRequest(name, context)));
}

async function readRequest<Name extends RouteName>(
  name: Name,
  context: Context,
): Promise<RouteRequest<Name>> {
  const route: Route = ROUTES[name];
  const read = (part: "params" | "query" | "body", value: unknown): unknown => {
    const schema = route[part];
    if (schema === undefined) return {};
    const outcome = schema.safeParse(value);
    if (outcome.success) return outcome.data;
    const issues = outcome.error.issues.map(({ path, message }) => ({
      pointer: path.map((key) => `/${String(key)}`).join(""),
      message,
    }));
    throw RefusedRequest.body(`The ${part} of the request are invalid.`, issues);
  };
  const body = context.req.method === "POST" ? await readBody(context) : {};
  return {
    params: read("params", context.req.param()),
    query: read("query", context.req.query()),
    body: read("body", body),
    context,
  } as RouteRequest<Name>;
}

/** How long the body of a request may be, in bytes. */
const MAX_BODY_BYTES = 1_000_000;

async function readBody({ req }: Context): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = Number(req.header("content-length") ?? 0);
  if (length > MAX_BODY_BYTES) throw RefusedRequest.large(MAX_BODY_BYTES);
  length = 0;
  for await (const chunk of req.raw.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw RefusedRequest.large(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw RefusedRequest.body("The body of the request is not JSON.");
  }
}
