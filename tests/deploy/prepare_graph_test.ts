import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { prepareGraph, type PrepareOptions } from "@/deploy/prepare_graph.ts";
import { planCenterCrop, visiblePart } from "@/images/geometry.ts";
import { type Normalization, toImageBatch } from "@/images/read.ts";
import { resampleBilinear } from "@/images/resample.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

const asIs: Normalization = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
const imagenet: Normalization = {
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

interface Photograph {
  readonly height: number;
  readonly width: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

function photograph(height: number, width: number): Photograph {
  const random = createRandom(7, `${height}×${width}`);
  const data = Uint8Array.from({ length: height * width * 3 }, () => random.integer(256));
  return { height, width, channels: 3, data };
}

async function run(
  { height, width, data }: Photograph,
  options: PrepareOptions,
): Promise<{ images: Float32Array; visible: number[] }> {
  const session = await ort.InferenceSession.create(prepareGraph(options).encode());
  const { images, visible } = await session.run({
    image: new ort.Tensor("uint8", data, [height, width, 3]),
  });
  await session.release();
  return { images: images!.data as Float32Array, visible: [...visible!.data as Float32Array] };
}

function expected(image: Photograph, options: PrepareOptions): Float32Array {
  const { imagesize: size, normalization } = options;
  const pixels = resampleBilinear(image, planCenterCrop(image, options));
  return toImageBatch([pixels], { size, normalization }).data;
}

const shapes: readonly [height: number, width: number, resize: number, size: number][] = [
  [300, 211, 64, 64],
  [97, 256, 64, 49],
  [64, 64, 64, 64],
  [40, 52, 64, 64],
  [33, 500, 48, 33],
  [481, 640, 65, 64],
  [1, 9, 32, 32],
];

Deno.test("prepareGraph() gives the bits that the product gives the backbone", async () => {
  for (const [height, width, resize, imagesize] of shapes) {
    for (const fit of ["short_side", "square"] as const) {
      for (const normalization of [asIs, imagenet]) {
        const options = { resize, imagesize, fit, normalization, scaling: "exact" } as const;
        const image = photograph(height, width);
        const { images } = await run(image, options);
        assert.deepEqual(images, expected(image, options), `${height}×${width} ${fit}`);
      }
    }
  }
});

Deno.test("prepareGraph() says which part of the photograph is seen", async () => {
  const geometry = { resize: 64, imagesize: 48, fit: "short_side" } as const;
  const image = photograph(97, 256);
  const { left, top, width, height } = visiblePart(image, geometry);
  const { visible } = await run(image, { ...geometry, normalization: asIs, scaling: "exact" });
  [left, top, width, height].forEach((value, i) => assertClose(visible[i]!, value, 1e-4));
});

Deno.test("prepareGraph() leaves at most one grey level of difference where it is to be fast", async () => {
  for (const [height, width, resize, imagesize] of shapes) {
    const options: PrepareOptions = {
      ...{ resize, imagesize, fit: "short_side", normalization: asIs },
      scaling: "fast",
    };
    const image = photograph(height, width);
    const { images } = await run(image, options);
    const own = expected(image, options);
    const differences = own.map((value, i) => Math.abs(value - images[i]!));
    const largest = Math.max(...differences);
    const share = differences.filter((each) => each > 0).length / own.length;
    assert.ok(largest <= 1 && share < 0.01, `${height}×${width}: ${largest}, ${share}`);
  }
});
