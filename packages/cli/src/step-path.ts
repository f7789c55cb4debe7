export {
  innerPath,
  isWithin,
  placeOf,
  rootOf,
} from "@automatosx/workflow/run-view";
