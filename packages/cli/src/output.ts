import type { Writable } from "node:stream";
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** Width and height taken where the stream does not know its own, or says 0: those of the terminals of old. */
const COLUMNS = 80;
const ROWS = 24;

type MaybeTty = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** What a stream says when nobody is at the other end any more. */
const READER_GONE = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];

/**
 * A sink that outlives its reader: when the other end goes away (`| head`, a closed terminal) it drops what is written
 * from then on, so that a run never ends because nobody reads. What it drops for another reason, such as a full disk, it keeps as its `failure`.
 */
export class Output {
  readonly #stream: MaybeTty;
  readonly #axw: string;
  readonly #whenGone = new Set<() => void>();
  #isGone = false;
  #failure: Error | undefined;

  /** `axw`: what a person here types for it. */
  constructor(stream: Writable, axw = "axw") {
    this.#stream = stream;
    this.#axw = axw;
    stream.on("error", (error) => this.#detach(error));
  }

  get isTty(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Is nobody reading any more? */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Why what was written did not arrive although somebody may read. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get columns(): number {
    return this.#stream.columns || COLUMNS;
  }

  get rows(): number {
    return this.#stream.rows || ROWS;
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

  /** One line of NDJSON. Characters that could move a cursor or turn the text around are written as escapes. */
  json(value: unknown): void {
    this.line(safeJson(value));
  }

  /** A text whose commands begin as they have to be typed here: in a clone of the repository no `axw` is in PATH. */
  asTyped(text: string): string {
    return text.replace(/(?<![\w./-])axw (?=[a-z-])/g, () => `${this.#axw} `);
  }

  /** Colours where the stream shows them; honours NO_COLOR and FORCE_COLOR. */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  onGone(action: () => void): void {
    this.#whenGone.add(action);
  }

  onResize(action: () => void): () => void {
    this.#stream.on("resize", action);
    return () => void this.#stream.off("resize", action);
  }

  /** Settles when everything written has left the process. */
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
    // A terminal that was closed says EIO; there is nobody to be told.
    const isLost = !READER_GONE.includes(error.code ?? "") && !(this.isTty && error.code === "EIO");
    if (isLost) this.#failure = error;
    for (const action of this.#whenGone) action();
  }
}

/** JSON text in which C1 controls, DEL and bidirectional marks are escapes. */
export function safeJson(value: unknown, indent?: number): string {
  const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return JSON.stringify(value, undefined, indent).replace(
    unsafe,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
