// Writes an article from the findings in its task. The first draft has every finding. Once the
// editor has sent a draft back, or a check has refused one, the next keeps one for each question.
import { readRequest } from "../../agents/request.mjs";

const { task, inputs, feedback } = await readRequest();
const remark = /^Remark of the editor on the last draft: (.*)$/m.exec(task)?.[1] ?? "none";
const answers = JSON.parse(task.slice(task.indexOf("as JSON:\n") + "as JSON:\n".length));
const isRevised = remark !== "none" || feedback !== undefined;
const paragraphs = answers.map(({ question, findings }) => {
  const kept = isRevised ? findings.slice(0, 1) : findings;
  return `${question} ${kept.map(({ claim, source }) => `${claim} (${source})`).join(" ")}`;
});
process.stdout.write(`# ${inputs.topic}\n\n${paragraphs.join("\n\n")}\n`);
