import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PATHS } from "../../src/api/paths.js";
import { openApiDocument } from "../../src/openapi/openapi-document.js";
import { Served } from "../support/served.js";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

const document = openApiDocument() as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

describe("the document of the API", () => {
  test("has every route with the parameters of its path", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, parameters = [] }]) => ({
        name: operationId,
        route: `${method.toUpperCase()} ${path.replaceAll(/\{([a-z]+)\}/g, ":$1")}`,
        params: parameters.filter((each) => each.in === "path").map((each) => `:${each.name}`),
      })),
    );
    expect(Object.fromEntries(operations.map(({ name, route }) => [name, route]))).toEqual(PATHS);
    for (const { route, params } of operations)
      expect({ route, params }).toEqual({ route, params: route.match(/:[a-z]+/g) ?? [] });
  });

  test("refers only to schemas that it contains, and contains no others", () => {
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref = ""]) => ref);
    const known = Object.keys(document.components.schemas);
    expect(
      named.filter((ref) => !known.includes(ref.replace("#/components/schemas/", ""))),
    ).toEqual([]);
    expect(known.filter((name) => !named.includes(`#/components/schemas/${name}`))).toEqual([]);
  });

  test("is the committed file, and is what the server answers with", async () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"),
    );
    await using served = new Served();
    await served.engine({});
    expect(committed).toEqual(JSON.parse(JSON.stringify(document)));
    expect(await served.dashboard().get("/openapi.json")).toEqual(committed);
  });
});

describe("GET /metrics", () => {
  test("answers with the figures for Prometheus, behind the key", async () => {
    await using served = new Served();
    await served.engine({});
    const dashboard = served.dashboard();
    const response = await dashboard.request("/metrics");
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(await response.text()).toMatch(/^automatosx_open_questions\{kind="gate"\} 0$/m);
    const refused = await dashboard.request("/metrics", { headers: { Authorization: "" } });
    expect(refused.status).toBe(401);
  });
});
