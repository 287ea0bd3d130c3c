import assert from "node:assert/strict";
import { type BatchNorm, foldBatchNorm } from "@/backbones/resnet.ts";
import { createRandom } from "@/math/random.ts";
import { assertClose } from "../helpers/mod.ts";

function drawNorm(channels: number): BatchNorm {
  const random = createRandom(7);
  const draw = (from: number) =>
    Float32Array.from({ length: channels }, () => from + random.next());
  return { weight: draw(-0.5), bias: draw(-0.5), mean: draw(-0.5), variance: draw(0) };
}

Deno.test("foldBatchNorm() makes one step of two: the kernel, then the norm", () => {
  const random = createRandom(3);
  const norm = drawNorm(4);
  const kernel = Float32Array.from({ length: 4 * 6 }, () => random.gaussian());
  const inputs = Float32Array.from({ length: 6 }, () => random.gaussian());
  const dot = (weights: Float32Array, channel: number) =>
    inputs.reduce((sum, value, i) => sum + value * weights[channel * 6 + i]!, 0);
  const folded = kernel.slice();
  const bias = foldBatchNorm(folded, { norm, source: "conv" });
  for (let channel = 0; channel < 4; channel++) {
    const centred = dot(kernel, channel) - norm.mean[channel]!;
    const expected = centred / Math.sqrt(norm.variance[channel]! + 1e-5) * norm.weight[channel]! +
      norm.bias[channel]!;
    assertClose(dot(folded, channel) + bias[channel]!, expected, 1e-5);
  }
});

Deno.test("foldBatchNorm() changes nothing by an identity, as converted files hold it", () => {
  const kernel = Float32Array.of(1, 2, 3, 4);
  const [ones, zeros] = [1, 0].map((value) => new Float32Array(2).fill(value));
  const norm = { weight: ones!, bias: zeros!, mean: zeros!, variance: ones! };
  const bias = foldBatchNorm(kernel, { norm, source: "conv", epsilon: 0 });
  assert.deepEqual([...kernel], [1, 2, 3, 4]);
  assert.deepEqual([...bias], [0, 0]);
});

Deno.test("foldBatchNorm() refuses values and lengths that cannot be right", () => {
  const norm = drawNorm(2);
  assert.throws(() => foldBatchNorm(new Float32Array(5), { norm, source: "layer1.0.conv1" }), {
    name: "TypeError",
    message:
      'Cannot fold batch norm into "layer1.0.conv1": every output channel needs one weight, ' +
      "bias, mean and variance, got 2, 2, 2, 2 for a kernel of 5 values",
  });
  for (const variance of [-1, NaN, Infinity]) {
    const broken = { ...norm, variance: Float32Array.of(1, variance) };
    const fold = () => foldBatchNorm(new Float32Array(4), { norm: broken, source: "conv1" });
    assert.throws(fold, {
      name: "RangeError",
      message: new RegExp(
        `^Cannot fold batch norm into "conv1": values must be finite and variances not negative, ` +
          `got variance ${variance}, weight .* in channel 1$`,
      ),
    });
  }
});
