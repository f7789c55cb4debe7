import type { StoragePort } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { count } from "../render/words.js";

type Position = ReturnType<StoragePort["notices"]["ofRun"]>[number];

/** Whether something about the notices for a receiver is worth a line. */
export function isTroubled({ givenUp, failures }: Position): boolean {
  return givenUp > 0 || failures > 0;
}

/**
 * What is wrong with the delivery of notices, one line for each receiver:
 * `https://x.example: 2 notices given up: the receiver answered with status 500`.
 */
export function undeliveredLines(positions: readonly Position[]): readonly string[] {
  return positions.filter(isTroubled).map((position) => {
    const { name, givenUp, failures, error = "" } = position;
    const lost = givenUp === 0 ? [] : [`${count(givenUp, "notice")} given up`];
    const tried = failures === 0 ? [] : [`the next one failed ${count(failures, "time")}`];
    const why = error === "" ? "" : `: ${cleanLine(error)}`;
    return `${cleanLine(name)}: ${[...lost, ...tried].join(", ")}${why}`;
  });
}
