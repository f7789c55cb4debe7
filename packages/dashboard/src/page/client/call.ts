import type { ApiError } from "../../api/common.schema.js";
import { API_BASE, PATHS, type RouteName } from "../../api/paths.js";
import type { Routes } from "../../api/routes.js";
import { key } from "./key.js";

/** A request that the server has refused, or that did not reach it. */
export class ApiProblem extends Error {
  /** The HTTP status; 0 if the server could not be reached. */
  readonly status: number;
  readonly body: ApiError;

  constructor(status: number, body: ApiError) {
    super(body.message);
    this.name = "ApiProblem";
    this.status = status;
    this.body = body;
  }
}

type Given<Name extends RouteName, Part extends string> =
  Routes[Name] extends Readonly<Record<Part, { readonly _zod: { readonly input: infer Input } }>>
    ? { readonly [P in Part]: Input }
    : object;

/** What a route takes: `params`, `query` and `body`, those that it has. */
export type Request<Name extends RouteName> = Given<Name, "params"> &
  Partial<Given<Name, "query">> &
  Given<Name, "body"> & { readonly signal?: AbortSignal };

/** What a route answers with. */
export type Answer<Name extends RouteName> = Routes[Name] extends {
  readonly answer: { readonly _zod: { readonly output: infer Output } };
}
  ? Output
  : never;

/**
 * Calls a route of the API.
 *
 * @throws ApiProblem
 */
export async function call<Name extends RouteName>(
  name: Name,
  request: Request<Name>,
): Promise<Answer<Name>> {
  const response = await fetchRoute(name, request);
  return (await response.json()) as Answer<Name>;
}

/**
 * Calls a route, and returns its response unread.
 *
 * @throws ApiProblem
 */
export async function fetchRoute<Name extends RouteName>(
  name: Name,
  request: Request<Name>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { params = {}, query = {}, body, signal } = request as RequestParts;
  const [method = "GET"] = PATHS[name].split(" ");
  let response: Response;
  try {
    response = await fetch(urlOf(name, params, query), {
      method,
      headers: {
        ...headers,
        Authorization: `Bearer ${key()}`,
        ...(method === "POST" && { "Content-Type": "application/json" }),
      },
      ...(method === "POST" && { body: JSON.stringify(body ?? {}) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiProblem(0, { code: "internal", message: "The server cannot be reached." });
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => undefined)) as ApiError | undefined;
  throw new ApiProblem(
    response.status,
    problem ?? { code: "internal", message: `The server answered ${response.status}.` },
  );
}

interface RequestParts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

function urlOf(
  name: RouteName,
  params: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const [, path = ""] = PATHS[name].split(" ");
  const filled = path.replace(/:([a-z]+)/g, (_, each: string) =>
    encodeURIComponent(String(params[each])),
  );
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([each, value]) => [each, String(value)]));
  return `${API_BASE}${filled}${given.length === 0 ? "" : `?${search}`}`;
}
