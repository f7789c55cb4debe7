import type { Writable } from "node:stream";
import { styleText } from "node:util";
import { withWholeMs } from "./json/whole-ms.js";

export type Style = Parameters<typeof styleText>[0];

/** The size assumed for a terminal that does not report one. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

type MaybeTty = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** Error codes of a stream whose reader has gone. */
const READER_GONE = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];

/**
 * A sink that outlives its reader. When the other end goes away (`| head`, a closed terminal),
 * later writes are dropped, so that a run never ends because its output is no longer read. If a
 * write is lost for another reason, such as a full disk, its error is stored in `failure`.
 */
export class Output {
  /** The command that the user types to start `axw`: see `commandText`. */
  readonly typedAxw: string;
  readonly #stream: MaybeTty;
  readonly #whenGone = new Set<() => void>();
  #isGone = false;
  #failure: Error | undefined;

  constructor(stream: Writable, typedAxw = "axw") {
    this.#stream = stream;
    this.typedAxw = typedAxw;
    stream.on("error", (error) => this.#detach(error));
  }

  get isTty(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Whether writes are now dropped. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Why a write was lost while its reader may still have been waiting for it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get columns(): number {
    return this.#stream.columns || DEFAULT_COLUMNS;
  }

  get rows(): number {
    return this.#stream.rows || DEFAULT_ROWS;
  }

  write(text: string): void {
    if (this.#isGone || text === "") return;
    try {
      this.#stream.write(text, (error) => {
        if (error) this.#detach(error);
      });
    } catch (error) {
      this.#detach(error as Error);
    }
  }

  line(text = ""): void {
    this.write(`${text}\n`);
  }

  /**
   * Writes a document as one line of NDJSON, safe to print on a terminal: see `safeJson`. Its
   * instants and durations are rounded to whole milliseconds.
   */
  json(document: unknown): void {
    this.line(safeJson(withWholeMs(document)));
  }

  /**
   * Returns the text with a style, if the stream shows styles. Honours NO_COLOR and FORCE_COLOR.
   */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  onGone(action: () => void): void {
    this.#whenGone.add(action);
  }

  /**
   * Calls `action` when the terminal's size changes. Returns a function that removes the listener.
   */
  onResize(action: () => void): () => void {
    this.#stream.on("resize", action);
    return () => void this.#stream.off("resize", action);
  }

  /**
   * Settles once the stream accepts more text, or has gone. A command that prints more than fits in
   * memory awaits this after each part.
   */
  async drained(): Promise<void> {
    if (this.#isGone) return;
    if (this.#stream.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        this.onGone(resolve);
        this.#stream.once("drain", resolve);
      });
    }
    // A stream reports after the current turn that its reader has gone.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Settles once everything written has left the process. */
  async flush(): Promise<void> {
    if (this.#isGone) return;
    await new Promise<void>((resolve) => {
      this.onGone(resolve);
      this.#stream.write("", () => resolve());
    });
  }

  #detach(error: NodeJS.ErrnoException): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // EIO means that the terminal was closed, so there is no reader.
    const isLost = !READER_GONE.includes(error.code ?? "") && !(this.isTty && error.code === "EIO");
    if (isLost) this.#failure = error;
    for (const action of this.#whenGone) action();
  }
}

/**
 * Returns JSON text in which C1 controls, DEL and bidirectional marks are escaped. `JSON.stringify`
 * escapes the other control characters.
 */
export function safeJson(value: unknown, indent?: number): string {
  const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return JSON.stringify(value, undefined, indent).replace(
    unsafe,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
