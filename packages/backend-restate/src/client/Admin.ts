import { HttpClient } from "./HttpClient.js";

/** A version of workers that the server knows. */
export interface Deployment {
  readonly id: string;
  readonly uri: string;
  readonly services: readonly string[];
  readonly createdAt: number;
}

/** A service at its newest version. */
export interface ServiceInfo {
  readonly name: string;
  readonly deploymentId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The admin API of a Restate server. */
export class Admin {
  readonly #http: HttpClient;

  constructor(url: string) {
    this.#http = new HttpClient(url, "admin");
  }

  /** Registers a worker, or registers it again. */
  async register(uri: string): Promise<void> {
    await this.#http.call("POST", "/deployments", { uri, force: true }, { isRepeatable: true });
  }

  /** Has `uri` continue what the workers of a deployment have begun. */
  async replace(deploymentId: string, uri: string): Promise<void> {
    const path = `/deployments/${encodeURIComponent(deploymentId)}`;
    await this.#http.call("PATCH", path, { uri, overwrite: true }, { isRepeatable: true });
  }

  /** The version of the server. */
  async version(): Promise<string> {
    const answer = (await this.#http.probe("/version")) as { readonly version?: string };
    return answer.version ?? "unknown";
  }

  /** All services, at their newest version. */
  async services(): Promise<readonly ServiceInfo[]> {
    const answer = (await this.#http.probe("/services")) as {
      readonly services: readonly {
        readonly name: string;
        readonly deployment_id: string;
        readonly metadata?: Readonly<Record<string, string>>;
      }[];
    };
    return answer.services.map(({ name, deployment_id: deploymentId, metadata = {} }) => ({
      ...{ name, deploymentId, metadata },
    }));
  }

  /** The registered workers. */
  async deployments(): Promise<readonly Deployment[]> {
    const answer = (await this.#http.call("GET", "/deployments")) as {
      readonly deployments: readonly {
        readonly id: string;
        readonly uri?: string;
        readonly created_at?: string;
        readonly services?: readonly { readonly name: string }[];
      }[];
    };
    return answer.deployments.map(({ id, uri = "", created_at = "", services = [] }) => ({
      ...{ id, uri, services: services.map(({ name }) => name) },
      createdAt: Date.parse(created_at),
    }));
  }

  /** Returns the rows of a query over the state of the server. */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer = (await this.#http.call(
      "POST",
      "/query",
      { query: sql },
      { isRepeatable: true },
    )) as {
      readonly rows?: readonly Readonly<Record<string, unknown>>[];
    };
    return answer.rows ?? [];
  }
}

/** Returns a text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Whether two URLs are the same but for how they are written. */
export function hasSameAddress(one: string, other: string): boolean {
  return (URL.parse(one)?.href ?? one) === (URL.parse(other)?.href ?? other);
}
