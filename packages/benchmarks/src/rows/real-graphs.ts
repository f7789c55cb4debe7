import { coreMakespan } from "../graphs/core-makespan.ts";
import { bestListMakespan } from "../graphs/list-schedules.ts";
import { boundsOf, type RealGraph, readRealGraphs } from "../graphs/real-graphs.ts";
import { atMost, type Row, shorten } from "../row.ts";
import { TITLES } from "../titles.ts";

const SLOTS = [1, 2, 4, 16];
const CLOSE = 1.05;

/** The schedules that are longer than theory allows, identified by graph name and slot count. */
export function brokenBounds(graphs: readonly RealGraph[]): string[] {
  return graphs.flatMap((graph) => {
    const { criticalPathMs, workMs } = boundsOf(graph);
    const unlimited = coreMakespan(graph) === criticalPathMs ? [] : [`${graph.name}, unlimited`];
    const limited = SLOTS.filter((slots) => {
      const graham = workMs / slots + criticalPathMs * (1 - 1 / slots);
      return coreMakespan(graph, { slots }) > graham + 1e-3;
    });
    return [...unlimited, ...limited.map((slots) => `${graph.name}, ${slots} slots`)];
  });
}

/**
 * The core's makespan divided by that of the best list schedule found, for one graph and slot
 * count.
 */
interface AgainstBest {
  readonly of: string;
  readonly withEstimates: number;
  readonly without: number;
}

type Kind = "withEstimates" | "without";

function againstBest(graphs: readonly RealGraph[]): AgainstBest[] {
  return graphs.flatMap((graph) =>
    SLOTS.map((slots) => {
      const best = bestListMakespan(graph, slots);
      return {
        of: `${graph.name}, ${slots} slots`,
        withEstimates: coreMakespan(graph, { slots, hasEstimates: true }) / best,
        without: coreMakespan(graph, { slots }) / best,
      };
    }),
  );
}

export function realGraphRows(): Row[] {
  const graphs = readRealGraphs();
  const all = againstBest(graphs);
  const worst = (kind: Kind): AgainstBest =>
    all.reduce((most, each) => (each[kind] > most[kind] ? each : most));
  const mean = (kind: Kind): number => all.reduce((sum, each) => sum + each[kind], 0) / all.length;
  const within = (kind: Kind): string =>
    `${all.filter((each) => each[kind] <= CLOSE).length} of ${all.length} within ${CLOSE}×`;
  const [worstWith, worstWithout] = [worst("withEstimates"), worst("without")];
  return [
    boundsRow(graphs),
    atMost("graphs-mean", mean("withEstimates"), CLOSE, {
      unit: "×",
      note:
        `${within("withEstimates")}; without estimates ${shorten(mean("without"))}×, ` +
        within("without"),
      reason: "The step with the longest remaining path starts first, which is not always best.",
    }),
    atMost("graphs-worst", worstWith.withEstimates, CLOSE, {
      unit: "×",
      note:
        `exactly ${worstWith.withEstimates.toFixed(3)}, ${worstWith.of}; ` +
        `without estimates ${shorten(worstWithout.without)}×, ${worstWithout.of}`,
      reason:
        "The step with the longest remaining path starts first, which is not always best: on " +
        "one graph with four slots another order is shorter.",
      known: true,
    }),
  ];
}

function boundsRow(graphs: readonly RealGraph[]): Row {
  const broken = brokenBounds(graphs);
  const isMet = broken.length === 0;
  return {
    id: "graphs-bounds",
    what: TITLES["graphs-bounds"],
    bar: "all hold",
    measured: isMet ? "all hold" : broken.join("; "),
    value: broken.length,
    unit: " broken",
    better: "less",
    verdict: isMet ? "pass" : "far",
    farness: isMet ? 0 : Number.POSITIVE_INFINITY,
    isKnown: false,
    reason: "A schedule longer than theory allows is a defect of the core.",
  };
}
