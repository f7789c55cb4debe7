// Sums up a discussion: counts the votes, and quotes the members on both sides.
import { answer, readRequest } from "../../agents/request.mjs";

const { with: asked } = await readRequest();
const { options, speeches, votes } = asked;
const count = (option) => votes.filter(({ choice }) => choice === option).length;
const decision = options.toSorted((one, other) => count(other) - count(one))[0];
const quote = ({ name, argument }) => `${name}: ${argument}`;
answer({
  decision,
  reasons: speeches.filter(({ position }) => position === decision).map(quote),
  objections: speeches.filter(({ position }) => position !== decision).map(quote),
});
