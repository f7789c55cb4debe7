import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

/** A position as the protocol counts it: both from 0. */
interface Position {
  readonly line: number;
  readonly character: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** What the server says of a document. */
export interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: Position };
}

const URI = "file:///workflows/flow.yaml";

/**
 * The YAML language server as editors start it: a process that speaks the language server protocol
 * on its standard input and output. It is given one document at a time, whose first line names its
 * schema.
 */
export class LanguageServer implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #received = Buffer.alloc(0);
  #count = 0;
  #version = 0;
  #onDiagnostics: ((found: readonly Diagnostic[]) => void) | undefined;

  private constructor() {
    const require = createRequire(import.meta.url);
    const folder = path.dirname(require.resolve("yaml-language-server/package.json"));
    const program = path.join(folder, "bin", "yaml-language-server");
    this.#process = spawn(process.execPath, [program, "--stdio"]);
    this.#process.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer();
    const capabilities = { workspace: { configuration: true } };
    await server.#ask("initialize", { processId: process.pid, rootUri: null, capabilities });
    server.#tell("initialized", {});
    return server;
  }

  /** Opens a document, or replaces the one that is open, and returns its diagnostics. */
  open(text: string): Promise<readonly Diagnostic[]> {
    const found = new Promise<readonly Diagnostic[]>((resolve) => {
      this.#onDiagnostics = resolve;
    });
    this.#version += 1;
    const textDocument = { uri: URI, version: this.#version };
    if (this.#version === 1)
      this.#tell("textDocument/didOpen", {
        textDocument: { ...textDocument, languageId: "yaml", text },
      });
    else this.#tell("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    return found;
  }

  /** The keys and values that complete the document at a position. */
  async completions(position: Position): Promise<readonly string[]> {
    const textDocument = { uri: URI };
    const answer = await this.#ask("textDocument/completion", { textDocument, position });
    const { items } = answer as { readonly items: readonly { readonly label: string }[] };
    return items.map(({ label }) => label);
  }

  /** What is shown for the word at a position. */
  async hover(position: Position): Promise<string> {
    const answer = await this.#ask("textDocument/hover", { textDocument: { uri: URI }, position });
    return (answer as { readonly contents: { readonly value: string } }).contents.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#ask("shutdown", null);
    this.#tell("exit", null);
    await ended;
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    this.#count += 1;
    const id = this.#count;
    const answer = new Promise<unknown>((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return answer;
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(
        /Content-Length: (\d+)/i.exec(this.#received.toString("utf8", 0, end))?.[1],
      );
      const body = this.#received.subarray(end + 4, end + 4 + length);
      if (body.length < length) return;
      this.#received = this.#received.subarray(end + 4 + length);
      this.#handle(JSON.parse(body.toString("utf8")) as Message);
    }
  }

  #handle({ id, method, params, result }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      const { diagnostics } = params as { readonly diagnostics: readonly Diagnostic[] };
      this.#onDiagnostics?.(diagnostics);
    } else if (method !== undefined && id !== undefined)
      this.#send({ id, result: this.#answerTo(method, params) });
    else if (id !== undefined) this.#answers.get(id)?.(result);
  }

  /** The server asks for its settings; for all other questions there is no answer. */
  #answerTo(method: string, params: unknown): unknown {
    if (method !== "workspace/configuration") return null;
    const { items } = params as { readonly items: readonly { readonly section?: string }[] };
    return items.map(({ section }) =>
      section === "yaml"
        ? { validate: true, hover: true, completion: true, schemaStore: { enable: false } }
        : null,
    );
  }
}
