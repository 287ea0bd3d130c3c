/**
 * A trained model as one ONNX graph from photograph to verdict.
 *
 * Three parts in a row: a photograph becomes what the backbone takes in (`prepare_graph.ts`), the
 * graph of the embedder as it is, and routing, search and decision (`verdict_graph.ts`).
 *
 * @module
 */
import { chainModels } from "@/backbones/adopt_model.ts";
import { readForeignModel } from "@/backbones/foreign_model.ts";
import { prepareGraph, type PrepareOptions } from "@/deploy/prepare_graph.ts";
import { appendVerdict, type VerdictOptions } from "@/deploy/verdict_graph.ts";

/** A detector, and the graph of its embedder. */
export interface DetectorGraphOptions extends PrepareOptions, VerdictOptions {
  /** The embedder: `images` in, `embeddings` and `semantics` out. */
  readonly embedder: {
    /** Its ONNX file. */
    readonly bytes: Uint8Array;
    /** Where it lies, for errors. */
    readonly path: string;
  };
  /** Texts by key that the file says about itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes the graph as the bytes of an ONNX file, with the version of its operators. */
export function detectorGraph(
  options: DetectorGraphOptions,
): { readonly bytes: Uint8Array; readonly operatorSet: number } {
  const { embedder, metadata, scaling } = options;
  const second = readForeignModel(embedder.bytes, { source: embedder.path });
  const { operatorSet } = second;
  if (scaling === "fast" && operatorSet < 18) {
    throw new RangeError(
      `Cannot export a detector: "--resize fast" needs a backbone of operator set 18 or later, ` +
        `got ${operatorSet}; "exact" needs 11`,
    );
  }
  const first = readForeignModel(prepareGraph(options).encode(), { source: "prepare" });
  const chained = chainModels({ first, second }, {
    name: "detector",
    made: "images",
    inputs: { image: { type: "uint8", shape: ["height", "width", 3] } },
    metadata,
  });
  const { graph } = chained;
  appendVerdict(graph, {
    embeddings: chained.second("embeddings"),
    semantics: chained.second("semantics"),
  }, options);
  graph.output("visible", chained.first("visible"), { type: "float32", shape: [4] });
  return { bytes: graph.encode(), operatorSet };
}
