import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sampleClasses } from "@/datasets/sample/classes.ts";
import { drawSampleImage, markDifference } from "@/datasets/sample/image.ts";

const hash = (pixels: Uint8Array): string =>
  createHash("sha256").update(pixels).digest("hex").slice(0, 16);
const kinds = sampleClasses.flatMap(({ name, defects }) =>
  defects.map(({ kind }) => ({ className: name, defect: kind }))
);
/** The middle of 320 pixels that is left when 256 of 288 are kept. */
const cropFrom = 18, cropTo = 302;

Deno.test("drawSampleImage() changes nothing outside the mask when it adds a defect", () => {
  for (const { className, defect } of kinds) {
    const request = { className, name: "law", seed: 11, severity: 0.5 };
    const normal = drawSampleImage({ ...request, defect: null });
    const { pixels, mask } = drawSampleImage({ ...request, defect });
    assert.ok(mask);
    let changed = 0, masked = 0;
    for (let i = 0; i < mask.length; i++) {
      const differs = [0, 1, 2].some((c) => pixels[3 * i + c] !== normal.pixels[3 * i + c]);
      if (mask[i] === 0) assert.ok(!differs, `${className} ${defect} at ${i}`);
      else masked++;
      if (differs) changed++;
    }
    assert.ok(changed > 0.4 * masked, `${className} ${defect}: ${changed} of ${masked}`);
  }
});

Deno.test("drawSampleImage() marks a region inside the crop, neither a speck nor the whole", () => {
  for (const { className, defect } of kinds) {
    for (const severity of [0, 1]) {
      const { mask } = drawSampleImage({ className, name: "edge", seed: 4, defect, severity });
      const marked = [...mask!.keys()].filter((i) => mask![i] === 1);
      const what = `${className} ${defect} ${severity}: ${marked.length}`;
      assert.ok(marked.length >= 20 && marked.length < 9000, what);
      for (const i of marked) {
        const x = i % 320, y = Math.floor(i / 320);
        assert.ok(Math.min(x, y) >= cropFrom && Math.max(x, y) < cropTo, what);
      }
    }
  }
});

Deno.test("drawSampleImage() draws the same pixels as it did before", () => {
  // Made by this program; a change here calls for a new generator version in io/sample_dataset.ts.
  const drawn = sampleClasses.map(({ name, defects }, index) => {
    const defect = defects[index % 2]!.kind;
    return hash(drawSampleImage({ className: name, name: "fixed", seed: 7, defect }).pixels);
  });
  assert.deepEqual(drawn, [
    "bb49da991cd5ab30",
    "8148664b06562371",
    "f549c888226bd7dc",
    "8efbaf2272497bfe",
    "4be73d648cf894a3",
    "c67766a3a554bf1f",
  ]);
});

Deno.test("drawSampleImage() draws another image when the seed or the name differs", () => {
  const request = { className: "plate", name: "a", seed: 1, defect: null };
  const first = hash(drawSampleImage(request).pixels);
  assert.notEqual(hash(drawSampleImage({ ...request, name: "b" }).pixels), first);
  assert.notEqual(hash(drawSampleImage({ ...request, seed: 2 }).pixels), first);
});

Deno.test("drawSampleImage() lists a class's defects when there is none of that kind", () => {
  const request = { className: "gear", name: "a", seed: 1, defect: "dent" };
  assert.throws(() => drawSampleImage(request), {
    name: "RangeError",
    message: 'Cannot draw a sample image: class "gear" has the defects "missing_tooth", "rust", ' +
      'got "dent"',
  });
});

const blank = (): Float32Array => new Float32Array(12 * 12 * 3);

Deno.test("markDifference() drops a lone pixel and keeps a small patch", () => {
  const lone = blank(), patch = blank();
  lone[(6 * 12 + 6) * 3 + 1] = 9;
  for (const i of [66, 67, 78, 79]) patch[3 * i + 2] = 9;
  const options = { width: 12, tolerance: 3 };
  assert.equal(markDifference(blank(), lone, options).indexOf(1), -1);
  // Four pixels lie within reach only of the positions whose 5 × 5 window holds all of them: 4 × 4.
  assert.equal(markDifference(blank(), patch, options).reduce((sum, value) => sum + value), 16);
});

Deno.test("markDifference() ignores differences up to the tolerance, in either direction", () => {
  const first = blank().fill(100), second = blank().fill(103);
  assert.equal(markDifference(first, second, { width: 12, tolerance: 3 }).indexOf(1), -1);
  assert.deepEqual(
    markDifference(first, second, { width: 12, tolerance: 2.9 }),
    markDifference(second, first, { width: 12, tolerance: 2.9 }),
  );
});

Deno.test("markDifference() names both sizes when they differ", () => {
  assert.throws(
    () => markDifference(new Float32Array(27), new Float32Array(30), { width: 3, tolerance: 1 }),
    {
      name: "TypeError",
      message: "Cannot mark a difference: photographs must both be 3 pixels wide with three " +
        "channels, got 27 and 30 values",
    },
  );
});
