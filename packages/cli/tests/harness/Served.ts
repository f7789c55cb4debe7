import type { Folder, Running } from "./axw.js";

/** A server in a folder, and how to ask it. */
export class Served {
  readonly process: Running;
  #address = "";
  #key = "";

  constructor(folder: Folder, ...flags: readonly string[]) {
    this.process = folder.start(["serve", "--port", "0", ...flags]);
  }

  /** Starts a server whose runs are on a backend. */
  static on(folder: Folder, backend: string): Served {
    return new Served(folder, "--backend", backend);
  }

  async begun(): Promise<this> {
    let text = "";
    this.process.child.stdout.on("data", (chunk: string) => {
      text += chunk;
    });
    await this.process.until(/#key=\S+\n/);
    const [, address = "", key = ""] = /(http:\S+)\/#key=(\S+)/.exec(text) ?? [];
    this.#address = address;
    this.#key = key;
    return this;
  }

  get port(): string {
    return new URL(this.#address).port;
  }

  async ask(route: string, body?: unknown): Promise<{ status: number; body: object }> {
    const response = await fetch(`${this.#address}/api/v1${route}`, {
      headers: {
        Authorization: `Bearer ${this.#key}`,
        ...(body !== undefined && {
          Origin: this.#address,
          "Content-Type": "application/json",
        }),
      },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as object };
  }

  /** Asks once for the page itself, as a browser does. */
  async page(path = "/"): Promise<{ status: number; text: string }> {
    const response = await fetch(this.#address + path);
    return { status: response.status, text: await response.text() };
  }
}
