/**
 * One image of the sample data, and where its defect is: the pixels that look different from the
 * same photograph without it.
 *
 * @module
 */
import { addNoise, drawExposure, expose } from "@/datasets/sample/camera.ts";
import { findSampleClass } from "@/datasets/sample/classes.ts";
import { drawLighting, shade } from "@/datasets/sample/light.ts";
import { createNoise, createSurface, samplePixels } from "@/datasets/sample/surface.ts";
import { createRandom } from "@/math/random.ts";

/** Which image to draw. */
export interface SampleImageRequest {
  /** Class, by name. */
  readonly className: string;
  /** Name within the dataset; images of other names have another pose, light and noise. */
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

/** Surface points per pixel. */
const density = 1.5;

/**
 * Draws one image; a defective product is drawn twice under the same light and camera, with and
 * without its defect. The mask is where the two differ visibly; everywhere else the image is
 * exactly the normal one.
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

/**
 * Marks the region in which two photographs of the same scene differ: a pixel belongs to it when
 * at least 4 of the 25 pixels around it differ by more than `tolerance` in some channel, which
 * closes small gaps and drops lone pixels.
 */
export function markDifference(
  first: Float32Array,
  second: Float32Array,
  options: { width: number; tolerance: number },
): Uint8Array {
  const { width, tolerance } = options;
  const height = first.length / 3 / width;
  if (first.length !== second.length || !Number.isInteger(height)) {
    throw new TypeError(
      `Cannot mark a difference: photographs must both be ${width} pixels wide with three channels, ` +
        `got ${first.length} and ${second.length} values`,
    );
  }
  const differs = new Uint8Array(width * height);
  for (let i = 0; i < differs.length; i++) {
    for (let channel = 0; channel < 3; channel++) {
      if (Math.abs(first[3 * i + channel]! - second[3 * i + channel]!) > tolerance) differs[i] = 1;
    }
  }
  const across = new Uint8Array(differs.length), mask = new Uint8Array(differs.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let x = Math.max(0, column - 2); x <= Math.min(width - 1, column + 2); x++) {
        sum += differs[row * width + x]!;
      }
      across[row * width + column] = sum;
    }
  }
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let y = Math.max(0, row - 2); y <= Math.min(height - 1, row + 2); y++) {
        sum += across[y * width + column]!;
      }
      mask[row * width + column] = sum >= 4 ? 1 : 0;
    }
  }
  return mask;
}
