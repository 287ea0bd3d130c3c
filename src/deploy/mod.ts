/**
 * A trained model leaves the laboratory: it scores photographs that nobody has labelled, here or
 * as one ONNX file from photograph to verdict, with a page and a script that use it.
 *
 * Read `predictor.ts` first: `openPredictor` opens the model of a run. `photographs.ts` finds what
 * somebody names, `score_photographs.ts` takes it through the model, `result_lines.ts` and
 * `evidence.ts` write what came of it. `export_detector.ts` writes the file that
 * `detector_graph.ts` puts together from a photograph's way into the backbone
 * (`prepare_graph.ts`), the embedder's own graph, and routing, search and decision
 * (`verdict_graph.ts`); `page/` holds what is copied beside it. The commands of the command line
 * are in `commands/`.
 *
 * @module
 */
export {
  type AboutDetector,
  exportDetector,
  type ExportedDetector,
  type ExportOptions,
} from "@/deploy/export_detector.ts";
export {
  openPredictor,
  type Prediction,
  type Predictor,
  type PredictorOptions,
} from "@/deploy/predictor.ts";
