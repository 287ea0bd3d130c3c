/**
 * Seeded anomaly maps with masks, smooth like real ones, made one at a time.
 *
 * @module
 */
import type { PixelImage } from "@/evaluation/mod.ts";
import { createRandom, type Random } from "@/math/mod.ts";
import { createAnomalyMapper } from "@/memory/mod.ts";

/** How many maps there are, and of what size. */
export interface MapSet {
  /** Number of maps. */
  readonly images: number;
  /** How many of them are anomalous; the first ones. */
  readonly anomalous: number;
  /** Pixels in a column. */
  readonly rows: number;
  /** Pixels in a row. */
  readonly columns: number;
}

/** Pixels from one patch to the next. */
const stride = 8;

/** Five classes of photographs: 331 test images, 240 of them anomalous. */
export const fiveClasses: MapSet = { images: 331, anomalous: 240, rows: 256, columns: 256 };

/**
 * Makes maps when they are asked for; the same ones each time.
 *
 * Patch scores are noise that a map smooths like those of a detector. In an anomalous image they rise
 * by a random amount, sometimes hardly, around one to three ellipses, which the mask covers.
 *
 * @param set How many, and of what size.
 * @returns The maps with their masks, none of them kept.
 */
export function drawMaps(set: MapSet): Iterable<PixelImage> {
  const grid = { rows: Math.ceil(set.rows / stride), columns: Math.ceil(set.columns / stride) };
  const toMap = createAnomalyMapper({ grid, size: { height: set.rows, width: set.columns } });
  const draw = (number: number): PixelImage => {
    const random = createRandom(1, `map ${number}`);
    const scores = Float32Array.from(
      { length: grid.rows * grid.columns },
      () => 1 + 0.4 * Math.abs(random.gaussian()) + 0.3 * random.next(),
    );
    const mask = number < set.anomalous ? new Uint8Array(set.rows * set.columns) : null;
    if (mask !== null) {
      const strength = 1.5 * random.next();
      for (let regions = 1 + random.integer(3); regions > 0; regions--) {
        const reach = drawEllipse(random);
        eachPosition(grid, (at, y, x) => {
          scores[at]! += strength * Math.exp(-0.7 * reach(y, x)) * (0.5 + random.next());
        });
        eachPosition(set, (at, y, x) => {
          if (reach(y, x) <= 1) mask[at] = 1;
        });
      }
    }
    return { image: `${number}`, map: toMap(scores), mask, columns: set.columns };
  };
  return {
    *[Symbol.iterator]() {
      for (let number = 0; number < set.images; number++) yield draw(number);
    },
  };
}

/** An ellipse in the unit square: squared distance from its middle, 1 on its edge. */
function drawEllipse(random: Random): (y: number, x: number) => number {
  const middleY = random.next(), middleX = random.next();
  const height = 0.02 + 0.18 * random.next(), width = 0.02 + 0.18 * random.next();
  return (y, x) => ((y - middleY) / height) ** 2 + ((x - middleX) / width) ** 2;
}

/** Visits the middles of all cells of a grid over the unit square. */
function eachPosition(
  { rows, columns }: { rows: number; columns: number },
  visit: (at: number, y: number, x: number) => void,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      visit(at++, (row + 0.5) / rows, (column + 0.5) / columns);
    }
  }
}
