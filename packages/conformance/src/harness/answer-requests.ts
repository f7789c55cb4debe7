import type { Answer, Asked } from "./NodeProcess.ts";

/** Answers the requests of the parent process, and ends this process when the parent is gone. */
export function answerRequests(
  verbs: Readonly<Record<string, (...given: readonly never[]) => unknown>>,
): void {
  const answer = async ({ id, verb, given }: Asked): Promise<void> => {
    try {
      const value = await verbs[verb]?.(...(given as readonly never[]));
      send({ id, value });
    } catch (error) {
      const { code, message } = error as { readonly code?: never; readonly message: string };
      send({ id, code, message });
    }
  };
  process.on("message", (asked: Asked) => void answer(asked));
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}

function send(answer: Answer): void {
  // The parent may be gone.
  process.send?.(answer, undefined, undefined, () => undefined);
}
