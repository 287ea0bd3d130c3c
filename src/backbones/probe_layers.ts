/**
 * Finds out what a foreign model's values look like by running it once on black images.
 *
 * @module
 */
import * as ort from "onnxruntime-node";
import { adoptModel } from "@/backbones/adopt_model.ts";
import type { ForeignModel } from "@/backbones/foreign_model.ts";

/** Which values, and on which images. */
export interface ProbeOptions {
  /** Name of the model's input. */
  readonly input: string;
  /** Names of the values. */
  readonly layers: readonly string[];
  /** Rows of pixels. */
  readonly height: number;
  /** Columns of pixels. */
  readonly width: number;
  /** Number of images, where the model takes no other; default: any. */
  readonly batch?: 1;
}

/** What a value turned out to be. */
export interface ProbedLayer {
  /** Element type in ONNX Runtime's words. */
  readonly type: string;
  /** Extents for one run. */
  readonly dims: readonly number[];
}

/** What the run showed. */
export interface ProbedLayers {
  /** The values in the order in which they were named. */
  readonly layers: readonly ProbedLayer[];
  /** Number of images that the model takes at once; missing: any. */
  readonly batch?: 1;
}

/**
 * Runs a foreign model on two black images, or on one if it does not take two.
 *
 * A model can be fixed to one image without saying so, when a shape inside of it is. Takes the
 * memory of the encoded model and what ONNX Runtime needs beside it, and frees both.
 *
 * @param model The model, or the part of it that the values need.
 * @param options Which values, and on which images.
 * @returns Types and extents, the first of which is the number of images.
 * @throws {Error} If ONNX Runtime cannot run the model.
 * @throws {TypeError} If a value's first extent is not the number of images.
 *
 * @example A model that makes nothing of its images
 * ```ts
 * import assert from "node:assert/strict";
 * import { readForeignModel } from "@/backbones/foreign_model.ts";
 * import { encodeModel } from "@/backbones/onnx_schema.ts";
 * import { probeLayers } from "@/backbones/probe_layers.ts";
 *
 * const node = [{ opType: "Relu", input: ["x"], output: ["y"] }];
 * const file = encodeModel({ irVersion: 8, opsetImport: [{ version: 13 }], graph: { name: "g", node } });
 * const model = readForeignModel(file, { source: "net.onnx" });
 * const probed = await probeLayers(model, { input: "x", layers: ["y"], height: 4, width: 6 });
 *
 * assert.deepEqual(probed, { layers: [{ type: "float32", dims: [2, 3, 4, 6] }] });
 * ```
 */
export async function probeLayers(
  model: ForeignModel,
  options: ProbeOptions,
): Promise<ProbedLayers> {
  const { source } = model;
  const session = await attempt(source, openProbe(model, options));
  try {
    if (options.batch === undefined) {
      const layers = await run(session, { ...options, count: 2 }).catch(() => null);
      if (layers?.every(({ dims }) => dims[0] === 2)) return { layers };
    }
    const layers = await attempt(source, run(session, { ...options, count: 1 }));
    layers.forEach(({ dims }, i) => {
      if (dims[0] === 1) return;
      throw new TypeError(
        `Cannot open "${source}": the first extent of layer "${options.layers[i]}" must be the ` +
          `number of images, got ${dims.join("×") || "no extents"} for one image`,
      );
    });
    return { layers, batch: 1 };
  } finally {
    await session.release();
  }
}

function openProbe(model: ForeignModel, options: ProbeOptions): Promise<ort.InferenceSession> {
  const { input, layers, height, width, batch = "n" } = options;
  const shape = { type: "float32", shape: [batch, 3, height, width] } as const;
  const { graph, nameOf } = adoptModel(model, { name: "probe", input, shape });
  layers.forEach((layer, i) => graph.output(`layer ${i}`, graph.value(nameOf(layer))));
  return ort.InferenceSession.create(graph.encode(), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 4,
  });
}

async function run(
  session: ort.InferenceSession,
  options: ProbeOptions & { readonly count: number },
): Promise<ProbedLayer[]> {
  const { layers, height, width, count } = options;
  const data = new Float32Array(count * 3 * height * width);
  const images = new ort.Tensor("float32", data, [count, 3, height, width]);
  const results = await session.run({ images });
  return layers.map((_, i) => {
    const { type, dims } = results[`layer ${i}`]!;
    return { type, dims };
  });
}

async function attempt<Result>(source: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(
      `Cannot open "${source}": ONNX Runtime must be able to run it, got "${firstLine(error)}"`,
      { cause: error },
    );
  }
}

/** Without the place in ONNX Runtime's own code that some messages begin with. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]!.replace(/^\S+:\d+ [^(]*\(.*?\) /, "");
}
