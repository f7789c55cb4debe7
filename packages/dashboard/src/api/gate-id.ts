/** Names a question: the run that asks, its step, and the attempt that asks. */
export interface GateName {
  readonly runId: string;
  /** Absent for the budget of the run. */
  readonly step?: string;
  /** 0 for the budget of the run. */
  readonly attempt: number;
}

// A run id contains no tilde; the path of a step may.
const GATE_ID = /^([^~]+)~(.*)~(\d{1,9})$/su;

/** The id of a question. */
export function gateId({ runId, step = "", attempt }: GateName): string {
  return `${runId}~${step}~${attempt}`;
}

/** Reads the id of a question; undefined if it is not one. */
export function readGateId(id: string): GateName | undefined {
  const [, runId, step, attempt] = GATE_ID.exec(id) ?? [];
  if (runId === undefined || step === undefined) return undefined;
  return { runId, ...(step !== "" && { step }), attempt: Number(attempt) };
}
