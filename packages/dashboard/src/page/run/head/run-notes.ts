import {
  openQuestions,
  type RunFacts,
  type RunView,
  runWord,
  type Saying,
  type StepInfo,
  sayingsOfRun,
} from "@automatosx/run-view";
import { gateId } from "../../../api/gate-id.js";
import type { RunVerb } from "../../client/Asked.js";
import { typedAxw } from "../../shell/typed-axw.js";

/** A note about a run, with what can be done about it here. */
export interface RunNote extends Saying {
  /** The step that the button `Show` selects. */
  readonly shows?: string;
  /** The question that the button `Answer` opens: the id of a gate. */
  readonly answers?: string;
  /** The verb that continues the run. */
  readonly verb?: RunVerb;
  /** The command that helps, where the page cannot. */
  readonly command?: string;
}

/** What the notes are made of. */
export interface NoteSource {
  readonly facts: RunFacts;
  readonly view: RunView;
  /** The steps of the view. */
  readonly steps: () => readonly StepInfo[];
  readonly isQuarantined: boolean;
  /** True while an earlier event is shown: then nothing can be done. */
  readonly isPast: boolean;
}

/** Returns what a run says besides its status, the most urgent first. */
export function runNotes({
  facts,
  view,
  steps,
  isQuarantined,
  isPast,
}: NoteSource): readonly RunNote[] {
  const notes = sayingsOfRun(facts, view, openQuestions(view), steps)
    .filter(({ tone }) => tone !== "run")
    .map((saying) => (isPast ? shown(saying) : withRemedy(saying, facts, view)));
  const pause = facts.damage === undefined ? pauseNote(view) : [];
  const quarantine = isQuarantined && !isPast ? [QUARANTINE] : [];
  return [...quarantine, ...notes, ...(isPast ? [] : pause)];
}

const QUARANTINE: RunNote = {
  tone: "fail",
  head: "set aside",
  text:
    "its processes have died several times in a row, so no engine resumes it on its own; find " +
    "out why before you resume it",
  verb: "resume",
};

function withRemedy(saying: Saying, facts: RunFacts, view: RunView): RunNote {
  if (facts.damage !== undefined)
    return {
      ...saying,
      text: `${saying.text} What is before it is shown.`,
      command: typedAxw("doctor", "--verify"),
    };
  const question = openQuestions(view).find(({ stepId }) => stepId === saying.stepId);
  if (question !== undefined && (saying.tone === "wait" || saying.tone === "unknown"))
    return {
      ...shown(saying),
      answers: gateId({
        runId: facts.runId,
        step: question.stepId,
        attempt: question.attemptNumber,
      }),
    };
  if (saying.tone === "wait" && saying.stepId === undefined && runWord(facts) === "orphaned")
    return { ...saying, verb: "resume" };
  return shown(saying);
}

function shown(saying: Saying): RunNote {
  return saying.stepId === undefined ? saying : { ...saying, shows: saying.stepId };
}

/** Why a run is paused, if a person paused it: the other reasons are sayings of their own. */
function pauseNote(view: RunView): readonly RunNote[] {
  if (view.pausedFor !== "asked") return [];
  return [{ tone: "wait", head: "paused", text: "a person paused it", verb: "resume" }];
}
