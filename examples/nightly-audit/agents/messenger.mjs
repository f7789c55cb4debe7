// Sends its task to the people on call: here, to the log of the step.
import { readRequest } from "../../agents/request.mjs";

const { task } = await readRequest();
process.stderr.write(task);
process.stdout.write("sent to the people on call\n");
