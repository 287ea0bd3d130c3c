/**
 * From a photograph of any size to what a backbone takes in, as operations of a graph: scaled, cut
 * and normalised as `images/read.ts` does.
 *
 * `exact` scales as Pillow does, to the byte: the weights of both axes are computed in the graph,
 * in 64-bit floats, and applied by products of matrices, with Pillow's rounding to bytes between
 * the two. `fast` leaves it to ONNX's own antialiased `Resize`, which is many times as fast for
 * large photographs, and off by one grey level in some thousandths of the bytes, which moves scores
 * by up to one per cent.
 *
 * Operators are those of operator set 11, but for `fast`, which needs 18.
 *
 * @module
 */
import { createGraph, type OnnxGraph, type OnnxValue } from "@/backbones/onnx_graph.ts";
import type { Fit } from "@/images/geometry.ts";
import type { Normalization } from "@/images/read.ts";

/** How a photograph is scaled inside the graph. */
export type Scaling = "exact" | "fast";

/** What becomes of a photograph. */
export interface PrepareOptions {
  /** Pixels of the short side after scaling, or of both. */
  readonly resize: number;
  /** Side of the square cut from the middle. */
  readonly imagesize: number;
  /** What is scaled to `resize`. */
  readonly fit: Fit;
  /** The backbone's input range. */
  readonly normalization: Normalization;
  /** How it is scaled. */
  readonly scaling: Scaling;
}

/** Numbers of element types, as `Cast` takes them. */
export const castTo = { float32: 1, int64: 7, float16: 10, float64: 11 } as const;

/** Fractional bits of Pillow's weights. */
const unit = 2 ** 22;

/**
 * Makes the graph. Its input `image` holds the bytes of an RGB photograph, height × width × 3; its
 * outputs are `images`, 1 × 3 × imagesize × imagesize, and `visible`: left, top, width and height
 * of what is seen, in pixels of the photograph.
 */
export function prepareGraph(options: PrepareOptions): OnnxGraph {
  const { imagesize: size, scaling, normalization } = options;
  const graph = createGraph({ name: "prepare" });
  const image = graph.input("image", { type: "uint8", shape: ["height", "width", 3] });
  const planes = graph.node("Transpose", [image], { perm: [2, 0, 1] });
  const [down, across] = planAxes(graph, { ...options, image });
  const bytes = scaling === "exact"
    ? scaleExactly(graph, { planes, down: down!, across: across!, size })
    : scaleFast(graph, { planes, down: down!, across: across!, size });
  graph.output("images", normalize(graph, { bytes, normalization }));
  const lengthOf = (axis: Axis): OnnxValue => graph.node("Mul", [axis.scale, double(graph, size)]);
  const part = [
    graph.node("Mul", [across!.first, across!.scale]),
    graph.node("Mul", [down!.first, down!.scale]),
    lengthOf(across!),
    lengthOf(down!),
  ].map((value) => graph.node("Reshape", [value, graph.int64([1])]));
  const visible = graph.node("Concat", part, { axis: 0 });
  graph.output("visible", graph.node("Cast", [visible], { to: castTo.float32 }));
  return graph;
}

/** One axis; all are scalars. */
interface Axis {
  /** Pixels before scaling, an integer. */
  readonly from: OnnxValue;
  /** Pixels after scaling, an integer. */
  readonly to: OnnxValue;
  /** `from` ÷ `to`, a 64-bit float. */
  readonly scale: OnnxValue;
  /** First pixel of the square in the scaled image, a 64-bit float. */
  readonly first: OnnxValue;
}

/** The lengths that `planCenterCrop` plans. */
function planAxes(
  graph: OnnxGraph,
  { image, resize, imagesize, fit }: PrepareOptions & { readonly image: OnnxValue },
): Axis[] {
  const extents = graph.node("Shape", [image]);
  const lengths = [0, 1].map((axis) => graph.node("Gather", [extents, integer(graph, axis)]));
  const isTall = graph.node("Less", [lengths[1]!, lengths[0]!]);
  const short = graph.node("Where", [isTall, lengths[1]!, lengths[0]!]);
  return lengths.map((from) => {
    const to = fit === "square"
      ? integer(graph, resize)
      : graph.node("Div", [graph.node("Mul", [from, integer(graph, resize)]), short]);
    const wide = graph.node("Cast", [to], { to: castTo.float64 });
    const margin = graph.node("Sub", [wide, double(graph, imagesize)]);
    return {
      from,
      to,
      scale: graph.node("Div", [graph.node("Cast", [from], { to: castTo.float64 }), wide]),
      // Half-way offsets are rounded to even.
      first: graph.node("Round", [graph.node("Mul", [margin, double(graph, 0.5)])]),
    };
  });
}

/** Where each plane goes, and how large the result is. */
interface Scaled {
  /** 3 × height × width bytes. */
  readonly planes: OnnxValue;
  readonly down: Axis;
  readonly across: Axis;
  readonly size: number;
}

/** Plane by plane, so that only one at a time is held in 64-bit floats. */
function scaleExactly(graph: OnnxGraph, { planes, down, across, size }: Scaled): OnnxValue {
  const rows = weightsOf(graph, down, { size, isTurned: false });
  const columns = weightsOf(graph, across, { size, isTurned: true });
  const half = double(graph, unit / 2), share = double(graph, 1 / unit);
  const toBytes = (sums: OnnxValue): OnnxValue =>
    graph.node("Floor", [graph.node("Mul", [graph.node("Add", [sums, half]), share])]);
  const scaled = [0, 1, 2].map((channel) => {
    const plane = graph.node("Gather", [planes, integer(graph, channel)], { axis: 0 });
    const wide = graph.node("Cast", [plane], { to: castTo.float64 });
    const squeezed = toBytes(graph.node("MatMul", [wide, columns]));
    const whole = toBytes(graph.node("MatMul", [rows, squeezed]));
    return graph.node("Reshape", [whole, graph.int64([1, 1, size, size])]);
  });
  return graph.node("Concat", scaled, { axis: 1 });
}

/**
 * Pillow's integer weights, those of `triangleTaps` with zeros between: size × `from`, or turned.
 *
 * Made turned, not turned afterwards: ONNX Runtime 1.17 fuses what turns with the product and then
 * has no such product of 64-bit floats.
 */
function weightsOf(
  graph: OnnxGraph,
  { from, scale, first }: Axis,
  { size, isTurned }: { readonly size: number; readonly isTurned: boolean },
): OnnxValue {
  const one = double(graph, 1), half = double(graph, 0.5);
  const reach = graph.node("Max", [one, scale]);
  const kept = graph.tensor(Float64Array.from({ length: size }, (_, i) => i), {
    dims: isTurned ? [1, size] : [size, 1],
  });
  const middle = graph.node("Add", [graph.node("Add", [first, kept]), half]);
  const centers = graph.node("Mul", [middle, scale]);
  const range = graph.node("Range", [integer(graph, 0), from, integer(graph, 1)]);
  const line = (value: OnnxValue, isColumn: boolean): OnnxValue =>
    graph.node("Reshape", [value, graph.int64(isColumn ? [-1, 1] : [1, -1])]);
  const numbers = graph.node("Cast", [range], { to: castTo.float64 });
  const positions = line(numbers, isTurned);
  const offsets = graph.node("Add", [graph.node("Sub", [positions, centers]), half]);
  const distances = graph.node("Abs", [
    graph.node("Mul", [offsets, graph.node("Div", [one, reach])]),
  ]);
  const shares = graph.node("Max", [double(graph, 0), graph.node("Sub", [one, distances])]);
  const nothing = graph.node("Mul", [numbers, double(graph, 0)]);
  const ones = line(graph.node("Add", [nothing, one]), !isTurned);
  const sums = graph.node("MatMul", isTurned ? [ones, shares] : [shares, ones]);
  const weights = graph.node("Mul", [graph.node("Div", [shares, sums]), double(graph, unit)]);
  return graph.node("Floor", [graph.node("Add", [weights, half])]);
}

/** Bytes in, so that ONNX Runtime rounds to bytes between the axes as Pillow does. */
function scaleFast(graph: OnnxGraph, { planes, down, across, size }: Scaled): OnnxValue {
  const batch = graph.node("Unsqueeze", [planes, graph.int64([0])]);
  const listed = (value: OnnxValue): OnnxValue => graph.node("Reshape", [value, graph.int64([1])]);
  const sizes = graph.node(
    "Concat",
    [graph.int64([1, 3]), listed(down.to), listed(across.to)],
    { axis: 0 },
  );
  const resized = graph.node("Resize", [batch, null, null, sizes], {
    mode: "linear",
    antialias: 1,
    exclude_outside: 1,
    coordinate_transformation_mode: "half_pixel",
  });
  const starts = graph.node(
    "Concat",
    [down, across].map(({ first }) => listed(graph.node("Cast", [first], { to: castTo.int64 }))),
    { axis: 0 },
  );
  const ends = graph.node("Add", [starts, graph.int64([size, size])]);
  const cut = graph.node("Slice", [resized, starts, ends, graph.int64([2, 3])]);
  // Says what is known about the extents.
  const whole = graph.node("Reshape", [cut, graph.int64([1, 3, size, size])]);
  return graph.node("Cast", [whole], { to: castTo.float64 });
}

/** `(value / scale − mean) / std` in 64 bits, as `toImageBatch` computes it. */
function normalize(
  graph: OnnxGraph,
  { bytes, normalization: { scale, mean, std } }: {
    readonly bytes: OnnxValue;
    readonly normalization: Normalization;
  },
): OnnxValue {
  const perChannel = (values: readonly number[]): OnnxValue =>
    graph.tensor(Float64Array.from(values), { dims: [1, 3, 1, 1] });
  const scaled = graph.node("Div", [bytes, double(graph, scale)]);
  const centered = graph.node("Sub", [scaled, perChannel(mean)]);
  const normal = graph.node("Div", [centered, perChannel(std)]);
  return graph.node("Cast", [normal], { to: castTo.float32 });
}

function double(graph: OnnxGraph, value: number): OnnxValue {
  return graph.tensor(Float64Array.of(value), { dims: [] });
}

function integer(graph: OnnxGraph, value: number): OnnxValue {
  return graph.tensor(BigInt64Array.of(BigInt(value)), { dims: [] });
}
