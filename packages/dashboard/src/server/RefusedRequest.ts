import type { ApiError } from "../api/common.schema.js";

/** A request that is refused before it reaches a run. */
export class RefusedRequest extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422;
  readonly body: ApiError;

  constructor(status: RefusedRequest["status"], body: ApiError) {
    super(body.message);
    this.name = "RefusedRequest";
    this.status = status;
    this.body = body;
  }

  static host(host: string, hosts: readonly string[]): RefusedRequest {
    return new RefusedRequest(403, {
      code: "host_refused",
      message: `This server does not answer for the host ${JSON.stringify(host)}.`,
      remedy: `Use ${hosts[0] ?? "its address"}, or allow the host when you start the server.`,
    });
  }

  static origin(): RefusedRequest {
    return new RefusedRequest(403, {
      code: "origin_refused",
      message: "The request does not come from this server's page.",
      remedy: "Send the server's address as `Origin`.",
    });
  }

  static key(): RefusedRequest {
    return new RefusedRequest(401, {
      code: "key_refused",
      message: "The key is missing, or it belongs to an earlier start of the server.",
      remedy: "Open the address that the server prints when it starts.",
    });
  }

  static readOnly(): RefusedRequest {
    return new RefusedRequest(403, {
      code: "read_only",
      message: "This server only shows runs.",
      remedy: "Start it without the read-only option, or use the command line.",
    });
  }

  static path(method: string, path: string): RefusedRequest {
    return new RefusedRequest(404, {
      code: "not_found",
      message: `The API has no ${method} ${path}.`,
      remedy: "Use a path of the API document.",
    });
  }

  static step(runId: string, step: string): RefusedRequest {
    return new RefusedRequest(404, {
      code: "step_not_found",
      message: `Run ${runId} has no step ${JSON.stringify(step)}.`,
      remedy: "Give the path of a step, as the run lists it.",
      runId,
    });
  }

  static large(mostBytes: number): RefusedRequest {
    return new RefusedRequest(413, {
      code: "invalid_request",
      message: `The body of the request is longer than ${mostBytes} bytes.`,
      remedy: "Send less, or use the command line.",
    });
  }

  static body(message: string, issues?: ApiError["issues"]): RefusedRequest {
    return new RefusedRequest(400, {
      code: "invalid_request",
      message,
      remedy: "Correct the request as described in the API document.",
      ...(issues !== undefined && { issues }),
    });
  }
}
