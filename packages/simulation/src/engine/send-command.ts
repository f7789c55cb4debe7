import type { RunHandle } from "@automatosx/workflow";
import { mustBeExpected } from "./expected-errors.js";
import type { Command, Sender } from "./Fault.js";
import { goBack } from "./go-back.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { WorldView } from "./world-view.js";

/** Sends a command to a run, regardless of the run's state. */
export function sendCommand(
  world: WorldView,
  run: SimulatedRun,
  command: Command,
  from: Sender,
): void {
  const sender = from === "owner" ? "its owner" : "another process";
  world.log(`${command} of ${run.name} is requested, from ${sender}`);
  if (command === "cancel") run.wasCancelRequested = true;
  if (command === "restore") run.wantsRestore = true;
  void send(world, run, command, from).catch((error: unknown) =>
    mustBeExpected(world, error, `${command} of ${run.name}`),
  );
}

async function send(
  world: WorldView,
  run: SimulatedRun,
  command: Command,
  from: Sender,
): Promise<void> {
  if (run.id === undefined || world.storage.getRun(run.id) === undefined) return;
  if (from === "owner") {
    const { handle, watchedIn } = run;
    if (handle !== undefined && watchedIn?.isDead === false && watchedIn.clock.isRunning)
      await throughHandle(world, run, command, handle, watchedIn);
    return;
  }
  const visitor = await world.launch();
  visitor.isLeaving = true;
  try {
    await fromElsewhere(world, run, command, visitor);
  } finally {
    visitor.die(true);
  }
}

async function throughHandle(
  world: WorldView,
  run: SimulatedRun,
  command: Command,
  handle: RunHandle,
  process: SimulatedProcess,
): Promise<void> {
  switch (command) {
    case "pause":
    case "restore":
      await handle.pause();
      break;
    case "pause-and-resume":
      await handle.pause();
      process.deliver(world.random.between(0, 50), () => {
        handle
          .resume()
          .catch((error: unknown) => mustBeExpected(world, error, `resume of ${run.name}`));
      });
      break;
    case "stop-agents":
      await handle.pause({ stopAgents: true });
      break;
    case "cancel":
      await handle.cancel();
      if (!process.isDead) run.wasCancelAcknowledged = true;
      break;
    case "checkpoint": {
      const checkpointId = await handle.checkpoint("asked-for");
      if (!process.isDead) checkCheckpoint(world, run, checkpointId);
      break;
    }
    default:
      await goBack(world, run, command, process);
  }
}

async function fromElsewhere(
  world: WorldView,
  run: SimulatedRun,
  command: Command,
  visitor: SimulatedProcess,
): Promise<void> {
  const { engine } = visitor;
  const id = run.id ?? "";
  switch (command) {
    case "pause":
    case "pause-and-resume":
    case "stop-agents":
    case "restore":
      await engine?.pause(id);
      break;
    case "cancel":
      await engine?.cancel(id);
      if (!visitor.isDead) run.wasCancelAcknowledged = true;
      break;
    case "checkpoint": {
      const checkpointId = await engine?.checkpoint(id, "asked-for");
      if (!visitor.isDead) checkCheckpoint(world, run, checkpointId ?? "");
      break;
    }
    default:
      await goBack(world, run, command, visitor);
  }
}

function checkCheckpoint(world: WorldView, run: SimulatedRun, checkpointId: string): void {
  world.log(`a checkpoint of ${run.name} is acknowledged`);
  const isStored =
    run.model.hasCheckpoint(checkpointId) &&
    world.storage.getCheckpoint(checkpointId) !== undefined;
  if (!isStored)
    world.report(`${run.name}: checkpoint ${checkpointId} was acknowledged, but is not stored`);
}
