import { Writable } from "node:stream";

/** A stream that records its output. If it has a size, it acts as a terminal. */
export class FakeStream extends Writable {
  text = "";
  readonly isTTY: boolean;
  columns: number;
  rows: number;

  constructor(size?: { readonly columns: number; readonly rows: number }) {
    super({ decodeStrings: false });
    this.isTTY = size !== undefined;
    this.columns = size?.columns ?? 0;
    this.rows = size?.rows ?? 0;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.emit("written");
    done();
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit("resize");
  }

  /** The recorded output, without colours. */
  get plain(): string {
    // oxlint-disable-next-line no-control-regex -- styles begin with ESC
    return this.text.replace(/\u001b\[[0-9;]*m/g, "");
  }

  /** Settles once `plain` matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.plain))
      await new Promise<void>((resolve) => void this.once("written", () => resolve()));
  }
}
