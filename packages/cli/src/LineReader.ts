/**
 * Reads lines from a terminal, one at a time. It changes no mode of the terminal: the terminal
 * edits the lines, and nothing has to be restored when the process ends.
 */
export class LineReader {
  readonly #input: NodeJS.ReadStream;
  #text = "";
  #hasEnded = false;
  #waiting: ((line: string | undefined) => void) | undefined;

  constructor(input: NodeJS.ReadStream) {
    this.#input = input;
    input.setEncoding("utf8");
    input.on("data", (text: string) => {
      this.#text += text;
      this.#deliver();
    });
    input.on("end", () => {
      this.#hasEnded = true;
      this.#deliver();
    });
    input.pause();
  }

  /** Resolves to the next line, or to undefined at the end of the input or once aborted. */
  next(signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (line: string | undefined): void => {
        signal.removeEventListener("abort", abort);
        this.#waiting = undefined;
        // An open input must not keep a process alive that reads nothing more.
        this.#input.pause();
        resolve(line);
      };
      const abort = (): void => settle(undefined);
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting = settle;
      this.#input.resume();
      this.#deliver();
    });
  }

  #deliver(): void {
    const end = this.#text.indexOf("\n");
    if (end < 0) {
      if (this.#hasEnded) this.#waiting?.(undefined);
      return;
    }
    if (this.#waiting === undefined) return;
    const line = this.#text.slice(0, end).replace(/\r$/, "");
    this.#text = this.#text.slice(end + 1);
    this.#waiting(line);
  }
}
