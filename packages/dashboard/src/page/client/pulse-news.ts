import { count } from "@automatosx/run-view";
import type { Pulse } from "../../api/house.schema.js";

/** What a notification says, and where a click on it leads. */
export interface News {
  readonly title: string;
  readonly path: string;
  /** A later notification with the same tag takes the place of this one. */
  readonly tag: string;
}

/** Returns what has happened between two readings of the counts that a person wants to know. */
export function newsOf(
  before: Pick<Pulse, "counts" | "gates">,
  after: Pick<Pulse, "counts" | "gates">,
): readonly News[] {
  const news: News[] = [];
  if (after.gates > before.gates)
    news.push({
      title: `${count(after.gates, "question")} ${after.gates === 1 ? "waits" : "wait"} for you`,
      path: "/gates",
      tag: "axw-gates",
    });
  const grown = (status: "failed" | "completed"): number =>
    after.counts[status] - before.counts[status];
  if (grown("failed") > 0)
    news.push({
      title: `${count(grown("failed"), "run")} failed`,
      path: "/runs?status=failed",
      tag: "axw-failed",
    });
  if (grown("completed") > 0)
    news.push({
      title: `${count(grown("completed"), "run")} completed`,
      path: "/runs?status=completed",
      tag: "axw-completed",
    });
  return news;
}
