import { z } from "zod";
import { MESSAGES } from "../api/message.schema.js";
import { API_BASE, PATHS, type RouteName } from "../api/paths.js";
import { ROUTES, type Route } from "../api/routes.js";
import { namedSchemas } from "./named-schemas.js";

/** The content type of an answer that is not JSON. */
const TEXT_TYPES: Partial<Readonly<Record<RouteName, string>>> = {
  stream: "text/event-stream",
  logText: "text/plain",
};

type Json = Readonly<Record<string, unknown>>;

/** Returns the API as a document of OpenAPI 3.1, made from the schemas that check its requests. */
export function openApiDocument(): Json {
  const schemas = namedSchemas();
  return {
    openapi: "3.1.0",
    info: {
      title: "Runs of AutomatosX workflows",
      description:
        "What the web page of `axw serve` reads and does. The server listens on the loopback " +
        "interface, and its key changes with each start.",
      version: "1",
    },
    servers: [{ url: API_BASE }],
    security: [{ key: [] }],
    paths: pathsOf(schemas),
    components: {
      schemas: schemas.documents,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "The key in the fragment of the address that the server prints.",
        },
      },
    },
  };
}

type Schemas = ReturnType<typeof namedSchemas>;

function pathsOf(schemas: Schemas): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const [method = "", path = ""] = PATHS[name].split(" ");
    const place = path.replaceAll(/:([a-z]+)/g, "{$1}");
    paths[place] = { ...paths[place], [method.toLowerCase()]: operation(name, route, schemas) };
  }
  return paths;
}

function operation(name: RouteName, route: Route, schemas: Schemas): Json {
  const { summary, params, query, body, status, answer } = route;
  const parameters = [
    ...parametersOf("path", params, schemas),
    ...parametersOf("query", query, schemas),
  ];
  return {
    operationId: name,
    summary,
    ...(name === "stream" && { "x-events": eventsOf(schemas) }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: jsonOf(schemas.of(body, "input")) },
    }),
    responses: {
      [status]: {
        description: summary,
        content:
          answer === undefined
            ? { [TEXT_TYPES[name] ?? "text/plain"]: { schema: { type: "string" } } }
            : jsonOf(schemas.of(answer, "output")),
      },
      default: {
        description: "The request was refused or has failed.",
        content: jsonOf(schemas.ref("ApiError")),
      },
    },
  };
}

/** The data of each server-sent event of the stream, by its name. */
function eventsOf(schemas: Schemas): Json {
  return Object.fromEntries(
    Object.entries(MESSAGES).map(([name, schema]) => [name, schemas.of(schema, "output")]),
  );
}

function parametersOf(place: "path" | "query", object: z.ZodObject | undefined, schemas: Schemas) {
  return Object.entries((object?.shape ?? {}) as Record<string, z.ZodType>).map(
    ([name, schema]) => {
      const { description, ...rest } = schemas.of(schema, "output") as { description?: string };
      return {
        name,
        in: place,
        required: place === "path" || !z.safeParse(schema, undefined).success,
        ...(description !== undefined && { description }),
        schema: rest,
      };
    },
  );
}

function jsonOf(schema: Json): Json {
  return { "application/json": { schema } };
}
