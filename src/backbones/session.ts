/**
 * Graphs in ONNX Runtime: opened on a chosen execution provider, optimised only once, and run
 * over a batch of images, as many at once as they take.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { dirname } from "node:path";
import * as ort from "onnxruntime-node";
import "@/backbones/onnx_runtime.ts";
import { findCached } from "@/files/cache.ts";
import type { ImageBatch } from "@/images/read.ts";

/** Where a backbone runs: on the processor, or on a graphics card through CUDA or WebGPU. */
export type ExecutionProvider = "cpu" | "cuda" | "webgpu";

/** Which file to open, and how it runs. */
export interface SessionRequest {
  /** The ONNX file. */
  readonly path: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** Threads; 0: one per core. */
  readonly threads: number;
  /** Where operations run. */
  readonly provider: ExecutionProvider;
  /** Folder that keeps the optimised version; default: that of the file. */
  readonly cacheFolder?: string;
}

/** Values of one input or output. */
export interface GraphTensor {
  /** Extents; their product is the number of values. */
  readonly dims: readonly number[];
  /** Values in row-major order. */
  readonly data: Float32Array;
}

/** An open graph. It holds native memory until it is closed. */
export interface GraphSession {
  /** Declared extents of an input or output; `null` for one that is known only when it runs. */
  extentsOf(name: string): readonly (number | null)[];
  /** Computes every output from all inputs. */
  run(inputs: Readonly<Record<string, GraphTensor>>): Promise<Record<string, GraphTensor>>;
  /** Frees native memory; the graph must not be used afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a graph.
 *
 * On the processor, the first call writes the graph as ONNX Runtime has optimised it; later ones
 * open that file, which takes a fraction of the time. An optimised graph may use what only this
 * processor has: the file's name is a hash of everything that shaped it, which is the graph,
 * ONNX Runtime's version and the processor with its features.
 *
 * @param request The file and how it runs.
 * @returns The open graph; close it when done.
 * @throws {Error} If the provider is not available here, or the graph cannot be opened.
 *
 * @example A file that is not there
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSession } from "@/backbones/mod.ts";
 *
 * const request = { path: "none.onnx", hash: "", threads: 1 };
 * await assert.rejects(openSession({ ...request, provider: "cpu" }), /none\.onnx/);
 * ```
 */
export async function openSession(request: SessionRequest): Promise<GraphSession> {
  const { path, threads, provider } = request;
  const options = { intraOpNumThreads: threads };
  if (provider !== "cpu") {
    try {
      return wrap(
        await ort.InferenceSession.create(path, {
          ...options,
          executionProviders: [provider, "cpu"],
        }),
      );
    } catch (error) {
      throw new Error(
        `Cannot open a backbone: RUNTIME.provider must be available on this machine, ` +
          `"${provider}" is not (${hints[provider]}); ONNX Runtime says "${firstLine(error)}"`,
        { cause: error },
      );
    }
  }
  const optimized = await findCached({
    folder: request.cacheFolder ?? dirname(path),
    name: `optimized-${await optimizedKey(request)}.onnx`,
    make: async (temporary) => {
      const session = await create(path, { ...options, optimizedModelFilePath: temporary });
      await session.release();
    },
  });
  return wrap(await create(optimized.path, { ...options, graphOptimizationLevel: "disabled" }));
}

/** What each provider needs that is not always there. */
const hints: Readonly<Record<Exclude<ExecutionProvider, "cpu">, string>> = {
  cuda: "it needs Linux, an NVIDIA card with CUDA, and onnxruntime-node's install script, which " +
    "fetches the provider",
  webgpu: "it needs a graphics card with a Vulkan, Metal or Direct3D 12 driver",
};

/** Opens a graph that is kept nowhere. */
export async function openGraph(
  bytes: Uint8Array,
  options: Pick<SessionRequest, "threads">,
): Promise<GraphSession> {
  return wrap(await create(bytes, { intraOpNumThreads: options.threads }));
}

function wrap(session: ort.InferenceSession): GraphSession {
  const declared = [...session.inputMetadata, ...session.outputMetadata];
  return {
    extentsOf: (name) => {
      const value = declared.find((each) => each.name === name);
      if (value?.isTensor !== true) {
        throw new RangeError(`Cannot look up a tensor: the graph must have "${name}", got none`);
      }
      return value.shape.map((extent) => typeof extent === "number" ? extent : null);
    },
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, { dims, data }]) =>
        [name, new ort.Tensor("float32", data, dims)] as const
      );
      const results = Object.entries(await session.run(Object.fromEntries(feeds)));
      return Object.fromEntries(
        results.map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
      );
    },
    close: () => session.release(),
  };
}

async function create(
  source: string | Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return typeof source === "string"
      ? await ort.InferenceSession.create(source, options)
      : await ort.InferenceSession.create(source, options);
  } catch (error) {
    const name = typeof source === "string" ? `"${source}"` : "a graph";
    throw new Error(
      `Cannot open ${name}: it must be a graph that ONNX Runtime can run, ` +
        `got "${firstLine(error)}"`,
      { cause: error },
    );
  }
}

async function optimizedKey({ hash }: SessionRequest): Promise<string> {
  const shaping = [hash, ort.env.versions.node, Deno.build.target, await processorFeatures()];
  return createHash("sha256").update(JSON.stringify(shaping)).digest("hex").slice(0, 16);
}

/** What tells apart processors for which different operations are chosen. */
async function processorFeatures(): Promise<string> {
  const model = cpus()[0]?.model ?? "unknown";
  if (Deno.build.os !== "linux") return model;
  // Deno lets nobody read it who was not allowed everything; the model must do then.
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return `${model} ${text.match(/^(?:flags|Features)\s*:(.*)$/m)?.[1] ?? ""}`;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").find((line) => line.trim() !== "")?.trim() ?? "nothing";
}

/** A graph over `images` that is open, and how many images it takes at once. */
export interface ImageGraph {
  /** The graph. */
  readonly session: GraphSession;
  /** Most images per run; `Infinity`: any number. */
  readonly limit: number;
}

/** Outputs by name, the first axis of each going over the images. */
export type GraphResults = Readonly<Record<string, GraphTensor>>;

/**
 * Runs a graph on all images of a batch, in parts where it takes no more, and joins the results.
 */
export async function runGraph(graph: ImageGraph, images: ImageBatch): Promise<GraphResults> {
  const { session, limit } = graph;
  const { count, height, width, data } = images;
  const values = 3 * height * width;
  const joined: Record<string, GraphTensor> = {};
  for (let first = 0; first < count; first += limit) {
    const part = Math.min(limit, count - first);
    const results = await session.run({
      images: {
        dims: [part, 3, height, width],
        data: data.subarray(first * values, (first + part) * values),
      },
    });
    if (part === count) return results;
    for (const [name, { dims, data: made }] of Object.entries(results)) {
      const perImage = made.length / part;
      const whole = joined[name] ??= {
        dims: [count, ...dims.slice(1)],
        data: new Float32Array(count * perImage),
      };
      whole.data.set(made, first * perImage);
    }
  }
  return joined;
}
