/** A tiny dataset in MVTec layout, drawn in a moment, on which whole experiments take a second. */
import { join } from "node:path";
import sharp from "sharp";
import type { ExperimentConfig } from "@/config.ts";
import { loadConfig } from "@/load_config.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "./folder.ts";

const size = 96;

/** What each class looks like at a pixel, from 0 to 255 per channel. */
const patterns: Readonly<Record<string, (x: number, y: number) => number[]>> = {
  blobs: (x, y) => {
    const near = Math.hypot((x % 32) - 16, (y % 32) - 16) < 9;
    return near ? [200, 60, 50] : [230, 225, 210];
  },
  rings: (x, y) => {
    const light = Math.floor(Math.hypot(x - 48, y - 48) / 6) % 2 === 0;
    return light ? [60, 130, 80] : [20, 40, 30];
  },
  stripes: (x, y) => (Math.floor((x + y) / 8) % 2 === 0 ? [40, 60, 160] : [210, 210, 235]),
};

/** How many images there are of each sort. */
export interface TinyCounts {
  readonly train: number;
  readonly normal: number;
  readonly anomalous: number;
}

/** Draws the dataset and says where it is; the folder goes when the test file is done. */
export async function makeTinyDataset(
  counts: TinyCounts = { train: 8, normal: 4, anomalous: 4 },
): Promise<string> {
  const folder = makeFolder();
  for (const className of Object.keys(patterns)) {
    const write = async (path: string, seed: number, defect: boolean): Promise<void> => {
      const { image, mask } = drawTiny(className, { seed, defect });
      await writePng(join(folder, className, `${path}.png`), image, 3);
      if (!defect) return;
      const name = path.replace("test/", "ground_truth/");
      await writePng(join(folder, className, `${name}_mask.png`), mask, 1);
    };
    for (let i = 0; i < counts.train; i++) await write(`train/good/${i}`, i, false);
    for (let i = 0; i < counts.normal; i++) await write(`test/good/${i}`, 100 + i, false);
    for (let i = 0; i < counts.anomalous; i++) await write(`test/hole/${i}`, 200 + i, true);
  }
  return folder;
}

/** A configuration for the tiny dataset. */
export async function tinyConfig(
  folder: string,
  overrides: readonly string[] = [],
): Promise<ExperimentConfig> {
  return await loadConfig(null, [
    "DATASET.name=Folder",
    `DATASET.datadir=${folder}`,
    "DATASET.resize=96",
    "DATASET.imagesize=96",
    "EVALUATION.folds=2",
    "MODEL.min_group=1",
    "EVALUATION.threshold_rule=max",
    "MODEL.neighbor_search=plain",
    "RUNTIME.cache_gigabytes=0",
    ...overrides,
  ]);
}

function drawTiny(className: string, { seed, defect }: { seed: number; defect: boolean }) {
  const random = createRandom(seed, className);
  // The first image is without noise, nearest to all others of its class: one cluster a class.
  const amplitude = seed === 0 ? 0 : 12;
  const hole = { x: 24 + random.integer(48), y: 24 + random.integer(48) };
  const image = new Uint8Array(3 * size * size), mask = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inside = defect && Math.hypot(x - hole.x, y - hole.y) < 8;
      const color = inside ? [250, 250, 0] : patterns[className]!(x, y);
      const noise = amplitude * (random.next() - 0.5);
      color.forEach((value, c) => {
        image[3 * (y * size + x) + c] = Math.min(255, Math.max(0, value + noise));
      });
      mask[y * size + x] = inside ? 255 : 0;
    }
  }
  return { image, mask };
}

async function writePng(path: string, data: Uint8Array, channels: 1 | 3): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await sharp(data, { raw: { width: size, height: size, channels } }).png().toFile(path);
}
