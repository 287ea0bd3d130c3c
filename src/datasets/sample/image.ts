/**
 * One image of the sample data, and where its defect is.
 *
 * @module
 */
import { addNoise, drawExposure, expose } from "@/datasets/sample/camera.ts";
import { findSampleClass } from "@/datasets/sample/classes.ts";
import { drawLighting, shade } from "@/datasets/sample/light.ts";
import { markDifference } from "@/datasets/sample/sample_mask.ts";
import { createNoise } from "@/datasets/sample/sample_noise.ts";
import { samplePixels } from "@/datasets/sample/sample_scene.ts";
import { createSurface } from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";

/** Which image to draw. */
export interface SampleImageRequest {
  /** Class, by name. */
  readonly className: string;
  /** Name of the image within the dataset; images of other names have another pose, light and noise. */
  readonly name: string;
  /** Seed of the dataset. */
  readonly seed: number;
  /** Kind of defect; `null` for a normal image. */
  readonly defect: string | null;
  /** From 0, barely visible, to 1, obvious; default drawn from the seed. */
  readonly severity?: number;
}

/** A drawn image. */
export interface SampleImage {
  /** 320 × 320 pixels, three interleaved channels. */
  readonly pixels: Uint8Array;
  /** 1 where the defect is, 0 elsewhere; `null` for a normal image. */
  readonly mask: Uint8Array | null;
}

const density = 1.5;

/**
 * Draws one image.
 *
 * A defective product is drawn twice under the same light and camera, with and without its defect.
 * The mask is where the two differ visibly; everywhere else the image is exactly the normal one.
 *
 * @param request Which image.
 * @returns Pixels and mask; the same request always gives the same ones.
 * @throws {RangeError} If there is no such class or kind of defect.
 *
 * @example A bolt
 * ```ts
 * import assert from "node:assert/strict";
 * import { drawSampleImage } from "@/datasets/sample/image.ts";
 *
 * const { pixels, mask } = drawSampleImage({ className: "bolt", name: "000", seed: 1, defect: null });
 * assert.equal(pixels.length, 320 * 320 * 3);
 * assert.equal(mask, null);
 * ```
 */
export function drawSampleImage(request: SampleImageRequest): SampleImage {
  const { className, name, seed, defect } = request;
  const { paint, defects } = findSampleClass(className);
  if (defect !== null && !defects.some(({ kind }) => kind === defect)) {
    throw new RangeError(
      `Cannot draw a sample image: class "${className}" has the defects ` +
        `${defects.map(({ kind }) => `"${kind}"`).join(", ")}, got "${defect}"`,
    );
  }
  const stream = (purpose: string) => createRandom(seed, `${className}/${name}/${purpose}`);
  const studio = stream("studio");
  const lighting = drawLighting(studio), exposure = drawExposure(studio);
  const deviation = 1.6 + 1.2 * studio.next();
  const photograph = (kind: string | null): Float32Array => {
    const surface = createSurface(samplePixels, density), random = stream("product");
    const noise = createNoise(stream("texture"));
    const fault = stream("defect"), drawn = fault.next();
    const severity = request.severity ?? drawn;
    paint(surface, {
      random,
      noise,
      defect: kind === null ? null : { kind, severity, random: fault },
    });
    return expose(shade(surface, lighting), { pixels: samplePixels, exposure });
  };
  const normal = photograph(null);
  if (defect === null) {
    return { pixels: addNoise(normal, { deviation, random: stream("noise") }), mask: null };
  }
  const defective = photograph(defect);
  const mask = markDifference(normal, defective, { width: samplePixels, tolerance: 3 });
  for (let i = 0; i < normal.length; i++) {
    if (mask[i / 3 | 0] === 1) normal[i] = defective[i]!;
  }
  return { pixels: addNoise(normal, { deviation, random: stream("noise") }), mask };
}
