/** What a key, or a sequence of keys, does on a screen. */
export interface KeyBinding {
  /** The keys as `KeyboardEvent.key` names them, separated by spaces: `j`, `g r`, `Escape`. */
  readonly keys: string;
  /** What it does, for the help: `Next run`. */
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
  /** True if it changes a run: the page then asks first. */
  readonly changesRun?: boolean;
}

/** The second key of a sequence must follow within this time. */
const SEQUENCE_MS = 1500;

/** Recognises sequences such as `g r` in the keys that are pressed one after the other. */
export class KeySequence {
  #pressed: readonly string[] = [];
  #pressedAt = 0;

  /** Returns the binding that a key completes. Of several with the same keys, the last one counts. */
  press(key: string, at: number, bindings: readonly KeyBinding[]): KeyBinding | undefined {
    const before = at - this.#pressedAt <= SEQUENCE_MS ? this.#pressed : [];
    this.#pressedAt = at;
    for (const pressed of [[...before, key], [key]]) {
      const keys = pressed.join(" ");
      const complete = bindings.findLast((each) => each.keys === keys);
      if (complete !== undefined) {
        this.#pressed = [];
        return complete;
      }
      if (bindings.some((each) => each.keys.startsWith(`${keys} `))) {
        this.#pressed = pressed;
        return undefined;
      }
    }
    this.#pressed = [];
    return undefined;
  }
}

/** Whether keys are characters only: those that WCAG 2.1.4 asks to be switched off on demand. */
export function isCharacters(keys: string): boolean {
  return keys.split(" ").every((key) => Array.from(key).length === 1);
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

/** A key as the help shows it. */
export function keyName(key: string): string {
  return NAMES[key] ?? key;
}
