/**
 * A trained model leaves the laboratory: one ONNX file from photograph to verdict, with a page and
 * a script that use it.
 *
 * Read `export_detector.ts` first, then `detector_graph.ts`, which puts the file together from a
 * photograph's way into the backbone (`prepare_graph.ts`), the embedder's own graph, and routing,
 * search and decision (`verdict_graph.ts`). `page/` holds what is copied beside it.
 *
 * @module
 */
export {
  type AboutDetector,
  exportDetector,
  type ExportedDetector,
  type ExportOptions,
} from "@/deploy/export_detector.ts";
