/**
 * A trained model leaves the laboratory: it scores photographs that nobody has labelled.
 *
 * Read `predictor.ts` first: `openPredictor` opens the model of a run. `photographs.ts` finds what
 * somebody names, `score_photographs.ts` takes it through the model, `result_lines.ts` and
 * `evidence.ts` write what came of it. The command of the command line is in `commands/`.
 *
 * @module
 */
export {
  openPredictor,
  type Prediction,
  type Predictor,
  type PredictorOptions,
} from "@/deploy/predictor.ts";
