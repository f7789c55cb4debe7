import xterm from "@xterm/headless";
import type { FakeStream } from "./FakeStream.js";

/** What happened to a terminal: it was written to, or resized. */
type TerminalEvent = string | { readonly columns: number; readonly rows: number };

/** Records what happens to a terminal, so that it can be shown on an emulated one. */
export class ScreenRecorder {
  readonly #events: TerminalEvent[] = [];
  readonly #stream: FakeStream;

  constructor(stream: FakeStream) {
    this.#stream = stream;
    this.#events.push({ columns: stream.columns, rows: stream.rows });
    let length = 0;
    stream.on("written", () => {
      this.#events.push(stream.text.slice(length));
      length = stream.text.length;
    });
  }

  /** Resizes the terminal. */
  resize(columns: number, rows: number): void {
    this.#events.push({ columns, rows });
    this.#stream.resize(columns, rows);
  }

  /** Text that another program, such as a shell, writes to the terminal. */
  type(text: string): void {
    this.#events.push(text);
  }

  /** The screen as it is now. */
  shown(): Promise<Screen> {
    return screenOf(this.#events);
  }
}

/** What can be seen on a terminal. */
export interface Screen {
  /** The rows of the scrollback and of the screen, without blanks at their ends. */
  readonly rows: readonly string[];
  /** The position of the cursor, from 0, in `rows`. */
  readonly cursor: { readonly row: number; readonly column: number };
}

// The emulated terminal parses in real time, also while a test fakes its timers.
const { setTimeout: realSetTimeout } = globalThis;

/** Shows output on an emulated terminal. */
export async function screenOf(events: readonly TerminalEvent[]): Promise<Screen> {
  const terminal = new xterm.Terminal({
    allowProposedApi: true,
    convertEol: true,
    scrollback: 10_000,
  });
  const { setTimeout: fakeSetTimeout } = globalThis;
  globalThis.setTimeout = realSetTimeout;
  try {
    for (const event of events) {
      if (typeof event !== "string") terminal.resize(event.columns, event.rows);
      else await new Promise<void>((resolve) => terminal.write(event, resolve));
    }
  } finally {
    globalThis.setTimeout = fakeSetTimeout;
  }
  const { active } = terminal.buffer;
  const rows = Array.from({ length: active.length }, (_, index) =>
    (active.getLine(index)?.translateToString(true) ?? "").trimEnd(),
  );
  while (rows.at(-1) === "") rows.pop();
  terminal.dispose();
  return { rows, cursor: { row: active.baseY + active.cursorY, column: active.cursorX } };
}
