export {
  innerPath,
  isWithin,
  type PathPlace,
  placeOf,
  rootOf,
} from "@automatosx/workflow/run-view";
