export type { PreviewEntry as StepPreview } from "@automatosx/rescript-core";
