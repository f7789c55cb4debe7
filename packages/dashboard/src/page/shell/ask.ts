import { signal } from "@preact/signals";

/** A question before something that cannot be taken back. */
export interface Question {
  /** `Cancel the run?`. */
  readonly title: string;
  readonly text: string;
  /** What the button says that does it: `Cancel the run`. */
  readonly verb: string;
  /** The command that does the same. */
  readonly command?: string;
  readonly isDangerous?: boolean;
}

/** The question that is open. */
export const asked = signal<
  (Question & { readonly settle: (isMeant: boolean) => void }) | undefined
>(undefined);

/** Asks in a dialog. Returns whether it is meant; an earlier question that is open is dropped. */
export function ask(question: Question): Promise<boolean> {
  asked.peek()?.settle(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const open = {
    ...question,
    settle: (isMeant: boolean): void => {
      if (asked.peek() === open) asked.value = undefined;
      resolve(isMeant);
    },
  };
  asked.value = open;
  return promise;
}
